import type { Command } from '../handles.ts'

/** Commands whose cost or reply grows with the collection. */
const unbounded = new Set(['KEYS', 'SCAN', 'SMEMBERS', 'HGETALL', 'HKEYS', 'HVALS', 'SORT', 'SUNION', 'MONITOR'])
const ranged = new Set(['LRANGE', 'ZRANGE', 'ZREVRANGE', 'GETRANGE'])
const scripts = new Set(['EVAL', 'EVAL_RO', 'EVALSHA', 'EVALSHA_RO'])

/** Why a command of `sample` may cost more the larger a queue is; null when it does not. */
export function growth(command: Command): string | null {
  const name = command[0].toUpperCase()
  if (unbounded.has(name)) return `${name} reads a whole collection`
  if (ranged.has(name) && Number(command[3]) < 0 && Number(command[2]) >= 0) return `${name} to the end`
  if (scripts.has(name)) {
    const lua = String(command[1])
    const whole = /['"](KEYS|SCAN|SMEMBERS|HGETALL|HKEYS|HVALS|SORT)['"]/i.exec(lua)
    if (whole) return `a script calls ${whole[1]}`
    if (/['"][LZ](REV)?RANGE['"]\s*,[^,]+,\s*['"]?\d+['"]?\s*,\s*['"]?-1\b/i.test(lua))
      return 'a script reads a whole list'
  }
  return null
}
