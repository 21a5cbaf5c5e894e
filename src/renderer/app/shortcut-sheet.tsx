import { useRef } from 'react'
import { type Command, offeredCommands } from '../ui/commands.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Kbd } from '../ui/kbd.tsx'

function byGroup(commands: readonly Command[]): [string, Command[]][] {
  const groups = new Map<string, Command[]>()
  for (const command of commands) {
    if (command.keys === undefined) continue
    groups.set(command.group, [...(groups.get(command.group) ?? []), command])
  }
  return [...groups]
}

/** All keys that do something here and now. */
export function ShortcutSheet({ open, onClose }: { open: boolean; onClose(): void }) {
  const body = useRef<HTMLDivElement>(null)
  return (
    <Dialog open={open} onClose={onClose} title="Keys" width="normal" initialFocus={body}>
      <div ref={body} tabIndex={-1} className="columns-2 gap-8 outline-none">
        {open &&
          byGroup(offeredCommands()).map(([group, commands]) => (
            <section key={group} className="mb-4 break-inside-avoid">
              <h3 className="mb-1 text-xs font-medium text-faint">{group}</h3>
              <dl>
                {commands.map((command) => (
                  <div key={command.id} className="flex h-6 items-center justify-between gap-2">
                    <dt className="truncate">{command.title}</dt>
                    <dd>
                      <Kbd keys={command.keys ?? ''} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
      </div>
    </Dialog>
  )
}
