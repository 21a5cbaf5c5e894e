import { keyCaps } from './hotkeys.model.ts'

const apple = /Mac|iP(hone|ad)/.test(navigator.platform)

/** A shortcut as key caps: `mod+k`, `g o`, `escape`. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className="inline-flex gap-0.5">
      {keyCaps(keys, apple).map((cap) => (
        <kbd
          key={cap}
          className="inline-flex h-4 min-w-4 items-center justify-center rounded-sm border border-line-strong bg-sunken px-1 font-sans text-2xs text-muted"
        >
          {cap}
        </kbd>
      ))}
    </span>
  )
}
