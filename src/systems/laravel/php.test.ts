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
