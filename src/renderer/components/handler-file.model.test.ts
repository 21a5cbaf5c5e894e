import { expect, it } from 'vitest'
import { handlerFileName, handlerNameProblem, handlerPathProblem } from './handler-file.model.ts'

it('gives a name its ending', () => {
  expect(['resize', ' a.ts ', 'b.mjs', 'c.cjs'].map(handlerFileName)).toEqual([
    'resize.mjs',
    'a.ts',
    'b.mjs',
    'c.cjs.mjs',
  ])
})

it.each(['', ' ', '../up', 'a/b.ts', '.hidden', 'سفارش', 'a b', 'a'.repeat(90)])('refuses the name %j', (name) => {
  expect(handlerNameProblem(name)).not.toBeNull()
})
it.each(['resize', 'resize-images.v2.ts', '7'])('takes the name %j', (name) => {
  expect(handlerNameProblem(name)).toBeNull()
})

it.each(['/srv/h.mjs', 'C:\\jobs\\h.ts', '\\\\server\\share\\h.js', ' /a b/سفارش.js '])('takes the path %j', (path) => {
  expect(handlerPathProblem(path)).toBeNull()
})
it.each(['', 'h.mjs', './h.mjs', '/srv/h.py', '~/h.js'])('refuses the path %j', (path) => {
  expect(handlerPathProblem(path)).not.toBeNull()
})
