/** What a key press is, in the words of commands: `mod+k`, `shift+g`, `/`, `?`, `escape`, `arrowdown`. */
export function chordOf(
  event: Pick<KeyboardEvent, 'key' | 'code' | 'metaKey' | 'ctrlKey' | 'altKey' | 'shiftKey'>,
): string {
  let key = event.key.toLowerCase()
  // On a Persian, Greek or Cyrillic layout the letter's place counts, so that j and k stay where they are.
  if (key.length === 1 && key > '\u007f' && /^Key[A-Z]$/.test(event.code)) key = event.code.slice(3).toLowerCase()
  if (key === ' ') key = 'space'
  const mod = event.metaKey || event.ctrlKey
  // The shift in `?` made the character and is no modifier of it.
  const shift = event.shiftKey && (key.length > 1 || /[a-z]/.test(key))
  return `${mod ? 'mod+' : ''}${event.altKey ? 'alt+' : ''}${shift ? 'shift+' : ''}${key}`
}

const words: Record<string, string> = {
  escape: 'Esc',
  enter: '↵',
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
  backspace: '⌫',
  delete: 'Del',
  space: 'Space',
  home: 'Home',
  end: 'End',
  pageup: 'PgUp',
  pagedown: 'PgDn',
}

/** The caps of a shortcut as a person sees them: `mod+k` is ["⌘", "K"] or ["Ctrl", "K"], `g o` is ["G", "O"]. */
export function keyCaps(keys: string, apple: boolean): string[] {
  return keys.split(' ').flatMap((chord) =>
    chord.split(/\+(?=.)/).map((part) => {
      if (part === 'mod') return apple ? '⌘' : 'Ctrl'
      if (part === 'alt') return apple ? '⌥' : 'Alt'
      if (part === 'shift') return apple ? '⇧' : 'Shift'
      return words[part] ?? (part.length === 1 ? part.toUpperCase() : part)
    }),
  )
}
