import { useHashPath } from './hash-location.ts'

/** Where we are: the connection (null over all) and the section. */
export interface Place {
  readonly connectionId: string | null
  readonly section: string
}

export function parsePlace(path: string): Place {
  const [first = '', second = '', third = ''] = path.split('/').filter(Boolean)
  if (first !== 'c') return { connectionId: null, section: first === '' ? 'overview' : first }
  return { connectionId: decoded(second), section: third === '' ? 'overview' : third }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a malformed escape, typed by hand
  }
}

export function usePlace(): Place {
  return parsePlace(useHashPath())
}
