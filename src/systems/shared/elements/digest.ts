import { createHash } from 'node:crypto'

/** Elements up to this size are fingerprinted whole; of larger ones the two ends and the size, so that no script is slow. */
export const wholeDigest = 65_536
export const endDigest = 32_768

/** The fingerprint of an element's bytes, as the Lua `digest` computes it: 40 hex characters. */
export function digestOf(bytes: Buffer): string {
  const hash = createHash('sha1')
  if (bytes.length <= wholeDigest) return hash.update(bytes).digest('hex')
  hash.update(bytes.subarray(0, endDigest)).update(bytes.subarray(-endDigest))
  return hash.update(String(bytes.length)).digest('hex')
}

/** The same in Lua, for scripts to begin with. */
export const digestLua = `
local function digest(v)
  if #v <= ${wholeDigest} then return redis.sha1hex(v) end
  return redis.sha1hex(string.sub(v, 1, ${endDigest}) .. string.sub(v, -${endDigest}) .. #v)
end
`
