import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { phpProperties } from './php.ts'

const properties = (text: string) =>
  Object.fromEntries(phpProperties(text)?.properties.map(({ name, value }) => [name, value]) ?? [])

describe('text of PHP serialize()', () => {
  it('gives class and properties, with plain names for protected and private ones', () => {
    const text =
      'O:12:"App\\Jobs\\Pay":5:{s:5:"tries";i:3;s:8:"\0*\0order";i:9223372036854775807;' +
      's:16:"\0App\\Jobs\\Pay\0ok";b:1;s:4:"rate";d:0.25;s:4:"none";N;}'
    expect(phpProperties(text)?.className).toBe('App\\Jobs\\Pay')
    expect(properties(text)).toEqual({
      tries: '3',
      order: '9223372036854775807',
      ok: 'true',
      rate: '0.25',
      none: 'null',
    })
  })

  it('counts bytes, not characters', () => {
    expect(properties('O:1:"A":2:{s:4:"نا";s:6:"€🎈"x";s:1:"b";s:3:"";}";}')).toEqual({})
    expect(properties('O:1:"A":2:{s:4:"نا";s:7:"€🎈";s:1:"b";s:3:"";}";}')).toEqual({ نا: '€🎈', b: '";}' })
  })

  it('sums up arrays, nested objects, enums and references in one line', () => {
    expect(
      properties(
        'O:1:"A":5:{s:1:"l";a:2:{i:0;i:1;i:1;s:1:"x";}s:1:"m";a:1:{s:1:"k";b:0;}' +
          's:1:"o";O:1:"B":1:{s:4:"\0*\0p";i:1;}s:1:"e";E:11:"Suit:Hearts";s:1:"r";r:1;}',
      ),
    ).toEqual({ l: '[1, x]', m: '[k: false]', o: 'B {p: 1}', e: 'Suit::Hearts', r: 'reference 1' })
  })

  it('steps over what a class serialized its own way', () => {
    expect(properties('O:1:"A":2:{s:1:"c";C:1:"D":4:{};"}}s:1:"d";i:1;}')).toEqual({ c: 'D', d: '1' })
  })

  it('reads what Laravel makes of a closure, and runs none of it', () => {
    const code = 'O:55:"Laravel\\SerializableClosure\\UnsignedSerializableClosure":0:{}'
    const text =
      'O:34:"Illuminate\\Queue\\CallQueuedClosure":2:{s:7:"closure";' +
      'O:47:"Laravel\\SerializableClosure\\SerializableClosure":1:{s:12:"serializable";' +
      `O:46:"Laravel\\SerializableClosure\\Serializers\\Signed":2:{s:12:"serializable";s:${code.length}:"${code}";s:4:"hash";s:2:"==";}}` +
      's:3:"old";C:32:"Opis\\Closure\\SerializableClosure":9:{a:1:{;"}}}}'
    expect(phpProperties(text)?.className).toBe('Illuminate\\Queue\\CallQueuedClosure')
    expect(properties(text).closure).toContain('hash: ==')
    expect(properties(text).old).toBe('Opis\\Closure\\SerializableClosure')
  })

  it('knows every form of a number, and nothing that only looks like one', () => {
    const values = ['d:INF;', 'd:-INF;', 'd:NAN;', 'd:1.0E+25;', 'd:-0;', 'd:.5;', 'i:-9223372036854775808;', 'R:2;']
    const text = `O:1:"A":${values.length}:{${values.map((value, i) => `i:${i};${value}`).join('')}}`
    expect(Object.values(properties(text))).toEqual([
      'INF',
      '-INF',
      'NAN',
      '1.0E+25',
      '-0',
      '.5',
      '-9223372036854775808',
      'reference 2',
    ])
    for (const odd of [
      'i:;',
      'i:1e5;',
      'i:--1;',
      'd:e;',
      'd:0x1;',
      'b:2;',
      'b:;',
      'r:x;',
      'R:-1;',
      'x:1;',
      'S:1:"a";',
    ]) {
      expect(properties(`O:1:"A":2:{s:1:"a";i:1;s:1:"b";${odd}}`), odd).toEqual({ a: '1' })
    }
  })

  it('takes no arrays or objects for names', () => {
    for (const name of ['a:0:{}', 'O:1:"B":0:{}', 'N;', 'b:1;', 'd:1;']) {
      expect(properties(`O:1:"A":1:{${name}i:1;}`), name).toEqual({})
      expect(properties(`O:1:"A":1:{s:1:"l";a:1:{${name}i:1;}}`), name).toEqual({})
    }
  })

  it('believes no length', () => {
    for (const length of [
      '-1',
      '999999999',
      '9999999999999999999999',
      '1e3',
      '0x10',
      ' 1',
      '',
      '1.5',
      '18446744073709551617',
    ]) {
      for (const damaged of [
        `O:1:"A":2:{s:1:"a";i:1;s:1:"b";s:${length}:"x";}`,
        `O:1:"A":2:{s:1:"a";i:1;s:1:"b";E:${length}:"S:H";}`,
        `O:1:"A":2:{s:1:"a";i:1;s:1:"b";C:1:"D":${length}:{x}}`,
        `O:1:"A":2:{s:1:"a";i:1;s:1:"b";O:${length}:"D":1:{N;}}`,
      ]) {
        expect(properties(damaged)).toEqual({ a: '1' })
      }
    }
    for (const count of ['-1', '1e9', '9999999999']) expect(phpProperties(`O:1:"A":${count}:{s:1:"a";i:1;}`)).toBeNull()
  })

  it('neither throws nor lasts, whatever bytes it gets', () => {
    const piece = fc.constantFrom(
      ...[
        'O:1:"A":9:{',
        'a:9:{',
        's:1:"a";',
        's:5:"',
        'i:1;',
        'd:0.1;',
        'b:1;',
        'N;',
        'R:1;',
        'E:3:"S:H";',
        'C:1:"D":2:{',
      ],
      ...['}', '{', ';', ':', '"', '\0', '\0*\0p', '\ud800', '€', '99999', '-'],
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => {
        const found = phpProperties(`O:1:"A":9:{${pieces.join('')}`)
        for (const { value } of found?.properties ?? []) expect(value.length).toBeLessThanOrEqual(301)
      }),
      { numRuns: 2000 },
    )
  })

  it('reads only the beginning of a text of many megabytes', () => {
    const huge = `O:1:"A":3:{s:1:"a";i:1;s:1:"b";s:20000000:"${'x'.repeat(20_000_000)}";s:1:"c";i:2;}`
    expect(properties(huge)).toEqual({ a: '1' })
    const nested = `O:1:"A":1:{s:1:"a";${'a:2:{i:0;s:900:"'.concat('x'.repeat(900), '";i:1;').repeat(20)}N;${'}'.repeat(21)}`
    expect(properties(nested).a?.length).toBe(301)
  })

  it('keeps what came before a cut or damage', () => {
    const text = 'O:1:"A":3:{s:1:"a";i:1;s:1:"b";s:90:"cut off'
    expect(properties(text)).toEqual({ a: '1' })
    for (let end = 0; end < text.length; end++) expect(() => phpProperties(text.slice(0, end))).not.toThrow()
  })

  it('is bounded whatever the text claims', () => {
    expect(phpProperties(`O:1:"A":999999999:{${'s:1:"a";i:1;'.repeat(500)}}`)?.properties.length).toBe(60)
    const nested = (depth: number) => `O:1:"A":1:{s:1:"a";${'a:1:{i:0;'.repeat(depth)}N;${'}'.repeat(depth)}}`
    expect(properties(nested(3))).toEqual({ a: '[[[null]]]' })
    for (const depth of [100, 100_000]) {
      expect(phpProperties(nested(depth))).toEqual({ className: 'A', properties: [] })
    }
    const [long] = phpProperties(`O:1:"A":1:{s:1:"a";s:5000:"${'x'.repeat(5000)}";}`)?.properties ?? []
    expect(long?.value.length).toBe(301)
  })

  it('has nothing to say of other texts', () => {
    for (const text of ['', 'eyJpdiI6IkFB', 'a:1:{i:0;i:1;}', 'O:-1:"A":0:{}', 'O:3:"A":0:{}']) {
      expect(phpProperties(text)).toBeNull()
    }
  })
})
