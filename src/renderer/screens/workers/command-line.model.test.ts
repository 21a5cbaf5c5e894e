import { describe, expect, it } from 'vitest'
import { joinWords, splitWords } from './command-line.model.ts'

describe('the words of a line', () => {
  it.each([
    ['php artisan queue:work', ['php', 'artisan', 'queue:work']],
    ['  a \t b\n', ['a', 'b']],
    ['', []],
    ['"two words" one', ['two words', 'one']],
    ["--name='it''s'", ['--name=its']],
    ['\'a\\b\' "c\\"d" e\\ f', ['a\\b', 'c"d', 'e f']],
    ['""', ['']],
    ["a '' b", ['a', '', 'b']],
    ['"C:\\Program Files\\php.exe" -v', ['C:\\Program Files\\php.exe', '-v']],
    ['--queue={queue} $HOME *', ['--queue={queue}', '$HOME', '*']],
    ['end\\', ['end\\']],
  ])('%j', (line, words) => expect(splitWords(line)).toEqual(words))
  it.each(['"open', "it's", 'a "b'])('none while a quote is open: %j', (line) => expect(splitWords(line)).toBeNull())
})

it('puts words together so that they come apart as they were', () => {
  for (const words of [
    ['php', 'artisan', '--queue={queue}'],
    ['two words', "it's", 'a"b', 'back\\slash', '', 'سفارش ها', '\\', "'", '--x=1 2'],
  ]) {
    expect(splitWords(joinWords(words))).toEqual(words)
  }
  expect(joinWords(['php', '--queue={queue}'])).toBe('php --queue={queue}')
})
