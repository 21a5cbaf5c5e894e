import { useEffect, useState } from 'react'
import { chordOf } from './hotkeys.model.ts'

/** Something that can be done from the keyboard: by its keys, and by name from the palette. */
export interface Command {
  readonly id: string
  /** In the imperative: "Open profiles". */
  readonly title: string
  /** Heading in the palette and the sheet of shortcuts. */
  readonly group: string
  /** `mod+k`, `/`, `escape`, or a sequence such as `g o`. */
  readonly keys?: string
  /** More words by which the palette finds it. */
  readonly keywords?: string
  /** Only a key, as j and k: the palette does not list it. */
  readonly keyOnly?: boolean
  run(): void
}

type Layer = { commands: readonly Command[]; readonly place: number }

const layers = new Set<Layer>()
let nextPlace = 0
const sequenceMs = 1_000

/**
 * Offers commands while the component is mounted. Where two want the same keys the inner, or else the later, component
 * has them, so a drawer takes Esc before its screen does.
 */
export function useCommands(commands: readonly Command[]): void {
  // Numbered while rendering, which goes from the outside in; effects run from the inside out.
  const [layer] = useState((): Layer => ({ commands, place: nextPlace++ }))
  useEffect(() => {
    layer.commands = commands
  })
  useEffect(() => {
    layers.add(layer)
    return () => {
      layers.delete(layer)
    }
  }, [layer])
}

/** All commands offered now, those of the innermost component first; one a id. */
export function offeredCommands(): Command[] {
  const byId = new Map<string, Command>()
  for (const { commands } of [...layers].sort((one, other) => other.place - one.place)) {
    for (const command of commands) if (!byId.has(command.id)) byId.set(command.id, command)
  }
  return [...byId.values()]
}

/** Chords that mean something inside a text field. */
const editing = new Set(['a', 'c', 'v', 'x', 'y', 'z', 'shift+z', 'arrowleft', 'arrowright'].map((key) => `mod+${key}`))

/** Whether keys belong to something modal, or to text that is being typed, or to a control that takes them itself. */
function taken(event: KeyboardEvent, chord: string): boolean {
  if (event.isComposing) return true
  // A button that works now swallows every key, though it takes none.
  if (event.defaultPrevented && !(event.target instanceof Element && event.target.closest('[aria-busy="true"]'))) {
    return true
  }
  if (
    document.querySelector(
      '[role="dialog"][data-open], [role="alertdialog"][data-open], [role="menu"], [role="listbox"]',
    )
  )
    return true
  const target = event.target instanceof Element ? event.target : null
  if (target?.closest('input, textarea, select, [contenteditable]')) {
    return !chord.startsWith('mod+') || editing.has(chord)
  }
  const presses = chord === 'enter' || chord === 'space'
  const moves = chord.startsWith('arrow') || chord === 'home' || chord === 'end'
  if (presses) return target?.closest('button, a, summary, [role="checkbox"]') != null
  return moves && target?.closest('[role="tab"], [role="radio"], [role="slider"]') != null
}

/** Makes keys run commands; returns how to stop. Once, from the shell. */
export function listenForKeys(): () => void {
  let begun: { chord: string; at: number } | null = null
  const onKey = (event: KeyboardEvent) => {
    if (['Shift', 'Control', 'Meta', 'Alt'].includes(event.key)) return
    const chord = chordOf(event)
    if (taken(event, chord)) return
    const commands = offeredCommands()
    const sequence = begun !== null && event.timeStamp - begun.at < sequenceMs ? `${begun.chord} ${chord}` : null
    begun = null
    const command =
      (sequence === null ? undefined : commands.find(({ keys }) => keys === sequence)) ??
      commands.find(({ keys }) => keys === chord)
    if (command !== undefined) {
      event.preventDefault()
      command.run()
    } else if (commands.some(({ keys }) => keys?.startsWith(`${chord} `))) {
      event.preventDefault()
      begun = { chord, at: event.timeStamp }
    }
  }
  addEventListener('keydown', onKey)
  return () => removeEventListener('keydown', onKey)
}
