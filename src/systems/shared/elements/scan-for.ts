import type { Writer } from '../../handles.ts'
import { readingScript } from './element-script.ts'
import { numbersOf } from './seen.ts'

/**
 * Looks for elements with any of these fingerprints in a list, from an index down, 4,000 of them or 8 MB. ARGV: index, or -1
 * for the last; the fingerprints. Returns the index of the first that it finds or -1, and where to go on or -1.
 */
const scanForScript = readingScript(
  'scan-for',
  `
local wanted = {}
for i = 2, #ARGV do wanted[ARGV[i]] = true end
local at, seen, bytes = tonumber(ARGV[1]), 0, 0
if at < 0 then at = redis.call('LLEN', KEYS[1]) - 1 end
while at >= 0 and seen < 4000 and bytes < 8000000 and not late() do
  local from = math.max(0, at - 49)
  local chunk = redis.call('LRANGE', KEYS[1], from, at)
  for i = #chunk, 1, -1 do
    if wanted[digest(chunk[i])] then return { from + i - 1, -1 } end
    bytes = bytes + #chunk[i]
  end
  seen, at = seen + #chunk, from - 1
end
return { -1, at }`,
)

/**
 * 1 script per 4,000 elements: the index of the last element with one of these fingerprints; null where there is none. What
 * workers take from the head meanwhile moves the others towards where it looks next, so that it passes none by.
 */
export async function scanFor(writer: Writer, key: string, prints: readonly string[]): Promise<number | null> {
  for (let at = -1; ; ) {
    const [found = -1, next = -1] = numbersOf(await writer.run(scanForScript, [key], [at, ...prints]))
    if (found >= 0) return found
    if (next < 0) return null
    at = next
  }
}
