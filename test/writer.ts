import type { Redis } from 'ioredis'
import { asSluiceError } from '../src/domain/errors.ts'
import type { Reply, Writer } from '../src/systems/handles.ts'
import { testReader } from './reader.ts'

/** A Writer for tests on a plain client (`protocol: 2`): each script goes as EVAL. The engine has its own. */
export function testWriter(redis: Redis): Writer {
  return {
    ...testReader(redis),
    async run(script, keys, args) {
      try {
        return (await redis.callBuffer('EVAL', script.lua, keys.length, ...keys, ...args)) as Reply
      } catch (error) {
        throw asSluiceError(error)
      }
    },
  }
}
