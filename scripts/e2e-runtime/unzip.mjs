import { closeSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { inflateRawSync } from 'node:zlib'

/*
 * A bare Debian has tar but no unzip. This reads what the one archive needs that we open: stored and deflated entries,
 * no encryption, no zip64. The archive's checksum has been compared before, so its sizes can be believed.
 */

const endSignature = 0x06054b50
const entrySignature = 0x02014b50

/** @param {number} file @param {number} position @param {number} length */
function bytesAt(file, position, length) {
  const bytes = Buffer.alloc(length)
  if (readSync(file, bytes, 0, length, position) !== length) throw new Error('The zip archive is cut off.')
  return bytes
}

/**
 * Unpacks the entries of a zip archive that `nameOf` wants.
 * @param {string} archive
 * @param {number} size of the archive in bytes
 * @param {string} folder
 * @param {(name: string) => string | null} nameOf the path below `folder` for an entry, null to leave it out
 */
export function unzip(archive, size, folder, nameOf) {
  const file = openSync(archive, 'r')
  try {
    const tailLength = Math.min(size, 22 + 0xffff)
    const end = bytesAt(file, size - tailLength, tailLength)
    let at = end.length - 22
    while (at >= 0 && end.readUInt32LE(at) !== endSignature) at--
    if (at < 0) throw new Error('This is no zip archive.')
    const directory = bytesAt(file, end.readUInt32LE(at + 16), end.readUInt32LE(at + 12))

    for (let entry = 0; entry < directory.length && directory.readUInt32LE(entry) === entrySignature; ) {
      const nameLength = directory.readUInt16LE(entry + 28)
      const name = directory.toString('utf8', entry + 46, entry + 46 + nameLength)
      const method = directory.readUInt16LE(entry + 10)
      const packedSize = directory.readUInt32LE(entry + 20)
      const mode = directory.readUInt32LE(entry + 38) >>> 16
      const header = directory.readUInt32LE(entry + 42)
      entry += 46 + nameLength + directory.readUInt16LE(entry + 30) + directory.readUInt16LE(entry + 32)

      const target = name.endsWith('/') ? null : nameOf(name)
      if (target === null) continue
      const path = join(folder, target)
      if (!path.startsWith(folder + sep)) throw new Error(`The zip archive wants to write outside: ${name}`)
      // The local header repeats the name and may carry other extra fields than the directory.
      const local = bytesAt(file, header, 30)
      const packed = bytesAt(file, header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28), packedSize)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, method === 0 ? packed : inflateRawSync(packed), { mode: mode & 0o111 ? 0o755 : 0o644 })
    }
  } finally {
    closeSync(file)
  }
}
