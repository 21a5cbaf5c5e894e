import { expect, it } from 'vitest'
import { apiProblems, curlExample, originsOf } from './api-panel.model.ts'

it('reads origins from lines and commas', () => {
  expect(originsOf(' https://a.example,\nhttp://b.example:8080 \n')).toEqual([
    'https://a.example',
    'http://b.example:8080',
  ])
  expect(originsOf(' ')).toEqual([])
})

it('refuses what is no origin, and ports that are none', () => {
  expect(apiProblems({ port: '', origins: '' })).toEqual({})
  expect(apiProblems({ port: '8080', origins: 'https://a.example http://localhost:5173' })).toEqual({})
  expect(apiProblems({ port: '65536', origins: '' })).toHaveProperty('port')
  for (const origins of ['a.example', 'https://a.example/path', 'null']) {
    expect(apiProblems({ port: '', origins })).toHaveProperty('origins')
  }
})

it('shows the token only when it is given', () => {
  const call = (token: string | null) => curlExample('http://127.0.0.1:1', token, '/metrics')
  expect(call('secret')).toBe("curl -H 'Authorization: Bearer secret' http://127.0.0.1:1/metrics")
  expect(call(null)).toContain('Bearer …')
})
