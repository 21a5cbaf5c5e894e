import { FileUp } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'

interface FileDropProps {
  /** What kind of file, for screen readers: "File of jobs". */
  label: string
  /** What may be dropped, in a sentence. */
  children: ReactNode
  /** The endings of such files, with commas between them. */
  accept: string
  onFile(file: File): void
}

/** Takes one file, dropped or chosen. */
export function FileDrop({ label, children, accept, onFile }: FileDropProps) {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way more; the button is there for all
    <div
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        const file = event.dataTransfer.files[0]
        if (file !== undefined) onFile(file)
      }}
      className={classNames(
        'flex flex-col items-center gap-2 rounded-lg border border-dashed px-4 py-8 text-center',
        over ? 'border-accent bg-accent/8' : 'border-line-strong bg-sunken',
      )}
    >
      <FileUp size={20} className="text-faint" aria-hidden />
      <p className="text-muted">{children}</p>
      <input
        ref={input}
        type="file"
        aria-label={label}
        accept={accept}
        className="hidden"
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = '' // so that the same file can be chosen again
          if (file !== undefined) onFile(file)
        }}
      />
      <Button onClick={() => input.current?.click()}>Choose a file</Button>
    </div>
  )
}
