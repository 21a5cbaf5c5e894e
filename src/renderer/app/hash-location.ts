import { useSyncExternalStore } from 'react'
import type { BaseLocationHook } from 'wouter'

/** The path behind the hash, without its query: `/overview`. */
function currentPath(): string {
  return hash().split('?', 1)[0] ?? '/'
}

/** The query behind the hash, without the question mark. */
function currentSearch(): string {
  const at = hash().indexOf('?')
  return at < 0 ? '' : hash().slice(at + 1)
}

function hash(): string {
  return location.hash.length > 1 ? location.hash.slice(1) : '/'
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

/** The path now. Read here and not through wouter, which takes percent escapes out once too often. */
export const useHashPath = (): string => useSyncExternalStore(subscribe, currentPath)

/** The query now, as it stands in the address. */
export const useHashSearch = (): string => useSyncExternalStore(subscribe, currentSearch)

/** Goes to a path of this app: `/overview?sort=failed`. With `replace` the step before it is forgotten. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  history[options.replace ? 'replaceState' : 'pushState'](null, '', `#${to}`)
  dispatchEvent(new Event('hashchange'))
}

/** Location for wouter with path *and* query behind the hash, so that the page itself never has to be served again. */
export const useHashLocation: BaseLocationHook = Object.assign(
  (): [string, typeof navigate] => [useHashPath(), navigate],
  {
    searchHook: useHashSearch,
    hrefs: (href: string) => `#${href}`,
  },
)
