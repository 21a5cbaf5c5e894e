import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changerOf } from './apply.ts'

function change(type: 'patch' | 'assign', text: string | object, payload: string) {
  const changer = changerOf({ type, text: typeof text === 'string' ? text : JSON.stringify(text) }, 1_700_000_000_000)
  return typeof changer === 'function' ? changer(payload) : changer
}
const patch = (operations: string | object, payload: string) => change('patch', operations, payload)
const assign = (lines: string, payload: string) => change('assign', lines, payload)
const text = (changed: ReturnType<typeof change>) => ('text' in changed ? changed.text : `? ${changed.problem}`)

describe('a JSON Patch of a payload', () => {
  it('keeps every byte that it is not about', () => {
    const payload = '{ "id": 12345678901234567890,\n "a" : {"b":[1, 2.50 ,3]}, "e":"\\u00e9", "x":1e3 }'
    const changed = patch('[{"op":"replace","path":"/a/b/1","value":98765432109876543210.0}]', payload)
    expect(changed).toEqual({ text: payload.replace('2.50', '98765432109876543210.0'), notes: [] })
  })

  it('does each operation', () => {
    const payload = '{"a":{"b":1},"list":[1,2]}'
    expect(text(patch([{ op: 'add', path: '/list/1', value: 9 }], payload))).toBe('{"a":{"b":1},"list":[1,9,2]}')
    expect(text(patch([{ op: 'add', path: '/list/-', value: {} }], payload))).toBe('{"a":{"b":1},"list":[1,2,{}]}')
    expect(text(patch([{ op: 'remove', path: '/list/0' }], payload))).toBe('{"a":{"b":1},"list":[2]}')
    expect(text(patch([{ op: 'remove', path: '/list/1' }], payload))).toBe('{"a":{"b":1},"list":[1]}')
    expect(text(patch([{ op: 'remove', path: '/0' }], '[ 1 ]'))).toBe('[  ]')
    expect(text(patch([{ op: 'remove', path: '/a/b' }], payload))).toBe('{"a":{},"list":[1,2]}')
    expect(text(patch([{ op: 'move', from: '/a/b', path: '/c' }], payload))).toBe('{"a":{},"list":[1,2],"c":1}')
    expect(text(patch([{ op: 'copy', from: '/list', path: '/a/b' }], payload))).toBe('{"a":{"b":[1,2]},"list":[1,2]}')
    expect(text(patch([{ op: 'test', path: '/a', value: { b: 1 } }], payload))).toBe(payload)
    expect(text(patch([{ op: 'replace', path: '', value: [1] }], payload))).toBe('[1]')
  })

  it('reads the escapes of a JSON Pointer, and names like __proto__ as plain names', () => {
    const payload = '{"a/b":1,"m~n":2,"":3,"__proto__":4,"constructor":5}'
    expect(text(patch([{ op: 'replace', path: '/a~1b', value: 0 }], payload))).toContain('"a/b":0')
    expect(text(patch([{ op: 'replace', path: '/m~0n', value: 0 }], payload))).toContain('"m~n":0')
    expect(text(patch([{ op: 'replace', path: '/', value: 0 }], payload))).toContain('"":0')
    expect(text(patch([{ op: 'remove', path: '/__proto__' }], payload))).not.toContain('__proto__')
    expect(text(patch([{ op: 'add', path: '/toString', value: 1 }], payload))).toContain('"toString":1')
  })

  it('tests numbers by what they are worth, to the last digit', () => {
    const test = (value: string, payload: string) => text(patch(`[{"op":"test","path":"","value":${value}}]`, payload))
    expect(test('1.0', '1')).toBe('1')
    expect(test('100', '1e2')).toBe('1e2')
    expect(test('9007199254740993', '9007199254740992')).toMatch(/^\?/)
    expect(test('{"b":2,"a":1}', '{"a":1,"b":2}')).toBe('{"a":1,"b":2}')
    expect(test('"1"', '1')).toMatch(/^\?/)
  })

  it('says what is wrong, with the number of the operation, and then changes nothing', () => {
    const two = [
      { op: 'add', path: '/x', value: 1 },
      { op: 'remove', path: '/y' },
    ]
    expect(patch(two, '{}')).toEqual({ problem: 'Operation 2 (remove): y is not there.' })
    expect(patch([{ op: 'add', path: '/a/b', value: 1 }], '{"a":1}')).toEqual({
      problem: 'Operation 1 (add): a is neither an object nor a list.',
    })
    expect(patch([{ op: 'add', path: '/01', value: 1 }], '[0,1]')).toHaveProperty('problem')
    expect(patch([{ op: 'move', from: '/a', path: '/a/b' }], '{"a":{}}')).toEqual({
      problem: 'Operation 1: a value cannot be moved into itself.',
    })
    expect(patch('[{"op":"add","path":"/a"}]', '{}')).toEqual({ problem: 'Operation 1: "value" is missing.' })
    expect(patch('{"op":"add"}', '{}')).toEqual({ problem: 'A JSON Patch is a list of operations.' })
    expect(patch([{ op: 'test', path: '/a', value: 1 }], 'no json')).toEqual({ problem: 'This payload is not JSON.' })
  })

  it('notes types that change and fields that are new', () => {
    const operations = [
      { op: 'replace', path: '/attempts', value: '3' },
      { op: 'add', path: '/a/b c', value: null },
    ]
    expect(patch(operations, '{"attempts":3,"a":{}}')).toMatchObject({
      notes: ['attempts was a number and becomes text', 'a["b c"] is new'],
    })
  })

  it('does what a plain implementation does', () => {
    const key = fc.constantFrom('a', 'b', '__proto__', 'x/y')
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<unknown>(1, 'text', null, true, 2.5),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: false }),
      ),
    }))
    const pointer = fc
      .array(fc.constantFrom('a', 'b', '0', '1', '-', '__proto__', 'x/y'), { maxLength: 3 })
      .map((steps) => steps.map((step) => `/${step.replaceAll('/', '~1')}`).join(''))
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path: pointer,
      from: pointer,
      value,
    })
    fc.assert(
      fc.property(value, fc.array(operation, { minLength: 1, maxLength: 4 }), (payload, operations) => {
        const changed = patch(operations, JSON.stringify(payload))
        const expected = plainPatch(
          toPlain(payload),
          operations.map((each) => ({ ...each, value: toPlain(each.value) })),
        )
        if (expected === undefined) expect(changed).toHaveProperty('problem')
        else expect(toPlain(JSON.parse(text(changed)))).toEqual(expected)
      }),
      { numRuns: Number(process.env.PATCH_RUNS ?? 400) },
    )
  })
})

type Plain = Map<string, Plain> | Plain[] | string | number | boolean | null

/** Objects as maps, so that no name is special. */
function toPlain(value: unknown): Plain {
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null) return value as Plain
  return new Map(Object.entries(value).map(([key, each]) => [key, toPlain(each)]))
}

/** JSON Patch by the letter of the standard, on values; undefined where it fails. A removed root fails here too. */
function plainPatch(
  root: Plain,
  operations: readonly { op: string; path: string; from: string; value: Plain }[],
): Plain | undefined {
  let now = { root: structuredClone(root) }
  const steps = (pointer: string) =>
    pointer
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/'))
  const get = (path: string[]): Plain | undefined =>
    path.reduce<Plain | undefined>((at, step) => {
      if (at instanceof Map) return at.get(step)
      return Array.isArray(at) && /^(0|[1-9]\d*)$/.test(step) ? at[Number(step)] : undefined
    }, now.root)
  const add = (path: string[], value: Plain): boolean => {
    if (path.length === 0) now = { root: value }
    const parent = get(path.slice(0, -1))
    const step = path.at(-1)
    if (step === undefined) return true
    if (parent instanceof Map) parent.set(step, value)
    else if (Array.isArray(parent)) {
      const index = step === '-' ? parent.length : /^(0|[1-9]\d*)$/.test(step) ? Number(step) : -1
      if (index < 0 || index > parent.length) return false
      parent.splice(index, 0, value)
    } else return false
    return true
  }
  const remove = (path: string[]): boolean => {
    if (path.length === 0 || get(path) === undefined) return false
    const parent = get(path.slice(0, -1))
    const step = path.at(-1) as string
    if (parent instanceof Map) return parent.delete(step)
    return Array.isArray(parent) && parent.splice(Number(step), 1).length === 1
  }
  for (const { op, path, from, value } of operations) {
    const [to, of] = [steps(path), steps(from)]
    const found = structuredClone(op === 'move' || op === 'copy' ? get(of) : get(to))
    let ok = op === 'add' || found !== undefined
    if (ok && op === 'add') ok = add(to, structuredClone(value))
    else if (ok && op === 'remove') ok = remove(to)
    else if (ok && op === 'replace')
      ok = to.length === 0 ? add(to, structuredClone(value)) : replace(get(to.slice(0, -1)), to.at(-1), value)
    else if (ok && op === 'copy') ok = add(to, found as Plain)
    else if (ok && op === 'move') {
      const inside = of.length < to.length && of.every((step, i) => to[i] === step)
      ok = !inside && (path === from || (remove(of) && add(to, found as Plain)))
    } else if (ok) ok = equal(found as Plain, value)
    if (!ok) return undefined
  }
  return now.root
}

function replace(parent: Plain | undefined, step: string | undefined, value: Plain): boolean {
  if (parent instanceof Map) parent.set(step as string, structuredClone(value))
  else if (Array.isArray(parent)) parent[Number(step)] = structuredClone(value)
  return true
}

function equal(a: Plain, b: Plain): boolean {
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && equal(value, b.get(key) as Plain))
  }
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => equal(v, b[i] as Plain))
  return a === b
}

describe('assignments to a payload', () => {
  it('sets, adds and takes away, and keeps every other byte', () => {
    const payload = '{ "id" : 12345678901234567890, "user": {"email":"A@B.C "}, "n": [1, 2] , "old name":1}'
    const lines =
      'user.email = lower(trim(user.email))\nid = id + 1\nn[1] = n[0] * 10\nn[2] = 3\ndelete user["no"]\ndelete ["old name"]'
    expect(text(assign(lines, payload))).toBe(
      '{ "id" : 12345678901234567891, "user": {"email":"a@b.c"}, "n": [1, 10,3]}',
    )
  })

  it('calculates whole numbers exactly, and fractions as doubles', () => {
    const value = (expression: string) => text(assign(`x = ${expression}`, '{"x":0,"big":9007199254740993,"half":0.5}'))
    const expected: [string, string][] = [
      ['big * big', String(9007199254740993n ** 2n)],
      ['big - 1', '9007199254740992'],
      ['10 / 4', '2.5'],
      ['12 / 4 % 2', '1'],
      ['1 + 2 * 3', '7'],
      ['(1 + 2) * -3', '-9'],
      ['-(2)', '-2'],
      ['half + 1', '1.5'],
      ['number("007")', '7'],
      ['number(" 12345678901234567890 ")', '12345678901234567890'],
      ['text(big) + "!"', '"9007199254740993!"'],
      ['"n" + 1 + true', '"n1true"'],
      ['big', '9007199254740993'],
      ['now()', '1700000000000'],
      ['missing ?? null ?? "else"', '"else"'],
      ['coalesce(missing, half)', '0.5'],
      ['big > 9007199254740992 ? "more" : "less"', '"more"'],
      ['missing = null ? [1, {"a": "]"}] : {}', '[1, {"a": "]"}]'],
      ['half == 0.50', 'true'],
      ["'it\\'s'", '"it\'s"'],
    ]
    for (const [expression, raw] of expected) {
      const found = value(expression)
      expect([expression, found.slice(5, found.indexOf(',"big"'))]).toEqual([expression, raw])
    }
  })

  it('says what is wrong, and in which line', () => {
    const problem = (lines: string, payload = '{"a":1,"s":"x","o":{}}') => {
      const changed = assign(lines, payload)
      return 'problem' in changed ? changed.problem : null
    }
    expect(problem('a = 1\n\nb = missing')).toBe('Line 3: the value is not there; ?? gives another one.')
    expect(problem('x.y = 1')).toBe('Line 1: x is not there.')
    expect(problem('a.y = 1')).toBe('Line 1: a is neither an object nor a list.')
    expect(problem('a = s * 2')).toBe('Line 1: "x" is no number.')
    expect(problem('a = o + "x"')).toContain('cannot be put together')
    expect(problem('a = 1 / 0')).toBe('Line 1: nothing can be divided by 0.')
    expect(problem('a = 9007199254740993 / 2')).toBe('Line 1: 9007199254740993 would lose digits beside a fraction.')
    expect(problem('a = eval(1)')).toContain('there is no function eval')
    expect(problem('a = s < 1')).toContain('have no order')
    expect(problem('a = a ? 1 : 2')).toContain('neither true nor false')
    expect(problem('a = (1')).toBe('Line 1: ) is expected, at character 7.')
    expect(problem('a 1')).toContain('= is expected')
    expect(problem('a = 1 2')).toContain('one too many')
    expect(problem('# nothing')).toBe('There is nothing to assign.')
    expect(problem('a = "\\x"')).toContain('as in JSON')
    expect(problem('a = {"b": 1')).toContain('not closed')
  })

  it('takes __proto__ and the like for plain names', () => {
    expect(text(assign('__proto__ = 1\nconstructor.name = 2', '{"constructor":{}}'))).toBe(
      '{"constructor":{"name":2},"__proto__":1}',
    )
    expect(text(assign('x = toString ?? 1', '{}'))).toBe('{"x":1}')
  })

  it('ends, whatever is asked', () => {
    expect(assign('a = a + a\n'.repeat(200), '{"a":"xxxxxxxxxxxxxxxx"}')).toHaveProperty('problem')
    expect(assign('a = a * a\n'.repeat(200), '{"a":99999}')).toHaveProperty('problem')
    expect(assign(`a = ${'('.repeat(5000)}1`, '{}')).toHaveProperty('problem')
    expect(assign(`a = ${'-'.repeat(5000)}b`, '{}')).toHaveProperty('problem')
    expect(assign(`a = 1${' + 1'.repeat(5000)}`, '{}')).toHaveProperty('problem')
    expect(assign(`a = ${'['.repeat(50_000)}`, '{}')).toHaveProperty('problem')
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
    expect(text(assign('b = 1', deep))).toBe(`${deep.slice(0, -1)},"b":1}`)
    expect(patch([{ op: 'test', path: '', value: 1 }], deep)).toHaveProperty('problem')
    const wide = `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`
    expect(text(assign('k99999 = 0\ndelete k0', wide))).toContain('"k99999":0')
    const huge = JSON.stringify({ a: 'x'.repeat(12_000_000), b: 1 })
    expect(text(assign('b = 2', huge)).endsWith('"b":2}')).toBe(true)
    const twins = `{${Array.from({ length: 50_000 }, () => '"a":1').join(',')}}`
    expect(text(assign('delete a', twins))).toBe('{}')
  })
})
