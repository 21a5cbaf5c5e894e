import { readFileSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'

/** So many files of one handler are watched at most. */
const mostFiles = 64
/** In longer ones, in bytes, nobody looks for imports: no person wrote them. */
const longestSource = 1_000_000
/** What a relative import may leave out, or say for the TypeScript file that it becomes. */
const endings = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json', '/index.js', '/index.ts']
const relativeImport = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g

/**
 * The file of a handler, with the files that it imports by relative paths and those that they import: what a person
 * edits. Not seen are packages, and imports whose path is made at run time.
 */
export class SourceFiles {
  readonly name: string
  /** What each looked like. */
  #seen = new Map<string, string>()

  constructor(private readonly file: string) {
    this.name = basename(file)
    this.#look()
  }

  /**
   * Whether any of them is another than at the last call. Costs one stat a file, some µs each. While the file itself is
   * missing nothing has changed: an editor may be about to put the new one in its place.
   */
  hasChanged(): boolean {
    if (statOf(this.file) === null) return false
    for (const [file, sign] of this.#seen) {
      if (signOf(statOf(file)) === sign) continue
      this.#look()
      return true
    }
    return false
  }

  #look(): void {
    this.#seen = new Map()
    const queue = [this.file]
    for (const file of queue) {
      if (this.#seen.size >= mostFiles) break
      if (this.#seen.has(file)) continue
      const found = statOf(file)
      this.#seen.set(file, signOf(found))
      if (found !== null && found.size <= longestSource) queue.push(...importsOf(file))
    }
  }
}

function importsOf(file: string): string[] {
  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  const paths = Array.from(source.matchAll(relativeImport), ([, , path = '']) => resolve(dirname(file), path))
  return paths.map(foundAt).filter((found) => found !== undefined)
}

function foundAt(path: string): string | undefined {
  const asTypeScript = path.replace(/\.([mc]?)js$/, '.$1ts')
  return [...endings.map((ending) => path + ending), asTypeScript].find((at) => statOf(at) !== null)
}

function statOf(file: string): Stats | null {
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    return found?.isFile() ? found : null
  } catch {
    return null
  }
}

const signOf = (found: Stats | null) => (found === null ? '' : `${found.mtimeMs} ${found.size} ${found.ino}`)
