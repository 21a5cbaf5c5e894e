import { closeSync, openSync, readSync } from 'node:fs'

/**
 * The files of an app.asar by their path, with the text of those in it; null for those that lie beside it. The archive
 * begins with the length of its index, the index as JSON, and then the files in one piece.
 * @param {string} archive
 * @returns {Map<string, () => Buffer | null>}
 */
export function asarFiles(archive) {
  const bytesAt = (/** @type {number} */ position, /** @type {number} */ length) => {
    const file = openSync(archive, 'r')
    try {
      const bytes = Buffer.alloc(length)
      readSync(file, bytes, 0, length, position)
      return bytes
    } finally {
      closeSync(file)
    }
  }
  const sizes = bytesAt(0, 16)
  const start = 8 + sizes.readUInt32LE(4)
  const index = JSON.parse(bytesAt(16, sizes.readUInt32LE(12)).toString('utf8'))

  /** @typedef {{ files?: Record<string, Entry>, offset?: string, size?: number, unpacked?: boolean }} Entry */
  /** @type {Map<string, () => Buffer | null>} */
  const found = new Map()
  const walk = (/** @type {Entry} */ folder, /** @type {string} */ path) => {
    for (const [name, entry] of Object.entries(folder.files ?? {})) {
      if (entry.files) walk(entry, `${path}${name}/`)
      else {
        const { offset, size = 0, unpacked = false } = entry
        found.set(`${path}${name}`, () => (unpacked ? null : bytesAt(start + Number(offset), size)))
      }
    }
  }
  walk(index, '')
  return found
}
