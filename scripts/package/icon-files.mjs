/*
 * The two kinds of file in which Windows and macOS keep an icon in several sizes. Both may hold PNG pictures as they are,
 * so a few bytes around those of resources/icons are all that is needed.
 */

/** Widths of the pictures, in px. */
export const iconSizes = /** @type {const} */ ([16, 32, 48, 64, 128, 256, 512, 1024])

/** @typedef {ReadonlyMap<number, Buffer>} Pictures PNG files by their width in px */

/** An .ico file of the sizes up to 256. @param {Pictures} pictures */
export function icoOf(pictures) {
  const used = [...pictures].filter(([size]) => size <= 256).sort(([a], [b]) => a - b)
  const header = Buffer.alloc(6 + 16 * used.length)
  header.writeUInt16LE(1, 2) // an icon, not a cursor
  header.writeUInt16LE(used.length, 4)
  let offset = header.length
  for (const [at, [size, bytes]] of used.entries()) {
    const entry = 6 + 16 * at
    header.writeUInt8(size % 256, entry) // 0 stands for 256
    header.writeUInt8(size % 256, entry + 1)
    header.writeUInt16LE(1, entry + 4)
    header.writeUInt16LE(32, entry + 6)
    header.writeUInt32LE(bytes.length, entry + 8)
    header.writeUInt32LE(offset, entry + 12)
    offset += bytes.length
  }
  return Buffer.concat([header, ...used.map(([, bytes]) => bytes)])
}

/** What macOS calls each size; those of 32, 64, 256, 512 and 1024 px also serve as the double of the half. */
const appleTypes = /** @type {const} */ ([
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
])

/** An .icns file. @param {Pictures} pictures */
export function icnsOf(pictures) {
  const parts = appleTypes.map(([type, size]) => {
    const bytes = pictures.get(size)
    if (bytes === undefined) throw new Error(`There is no icon of ${size} px.`)
    return chunk(type, bytes)
  })
  return chunk('icns', Buffer.concat(parts))
}

/** @param {string} type four letters @param {Buffer} bytes */
function chunk(type, bytes) {
  const header = Buffer.alloc(8)
  header.write(type, 'latin1')
  header.writeUInt32BE(8 + bytes.length, 4)
  return Buffer.concat([header, bytes])
}
