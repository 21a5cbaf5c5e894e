import { FileUp } from 'lucide-react'
import { useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'

/** Takes one file, dropped or chosen. */
export function FileDrop({ onFile }: { onFile(file: File): void }) {
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
      <p className="text-muted">Drop a file of jobs here: NDJSON or CSV, as an export writes it.</p>
      <input
        ref={input}
        type="file"
        aria-label="File of jobs"
        accept=".ndjson,.jsonl,.json,.csv,.txt"
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
