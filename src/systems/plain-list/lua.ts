import type { Script } from '../handles.ts'
import { elementScript } from '../shared/elements/element-script.ts'

export { digestOf } from '../shared/elements/digest.ts'

/** A script of this system: begins with the Lua that finds, cuts and puts elements. */
export function script(name: string, lua: string): Script {
  return { ...elementScript(name, lua), name: `plain-list.${name}` }
}
