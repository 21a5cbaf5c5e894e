import { expect, it } from 'vitest'
import type { SystemId } from '../../domain/queue.ts'
import { guessHandler } from './guess-handler.model.ts'
import { fileName, fittingHandlers } from './handler-look.ts'

const guess = (name: string, system: SystemId = 'plain-list') => guessHandler({ system, prefix: '', name })

it('guesses the handler by the system and the name', () => {
  expect(['sms', 'user-OTP', 'email', 'سفارش'].map((name) => guess(name))).toEqual(['sms', 'sms', 'email', 'email'])
  expect(guess('sms', 'http-jobs')).toBe('http')
  expect(guess('csv-uploads', 'bull')).toBe('csv')
  expect(guess('image-resize', 'bullmq')).toBe('own')
  expect(guess('local_request', 'request-tracker')).toBe('request')
})

it('guesses only what the system has a choice of', () => {
  for (const [system, handlers] of Object.entries(fittingHandlers)) {
    for (const name of ['sms', 'csv', 'email']) expect(handlers).toContain(guess(name, system as SystemId))
    expect(handlers).toContain('own')
  }
})

it('names a file by the last part of its path', () => {
  expect(['/srv/a b/h.mjs', 'C:\\jobs\\h.ts', 'h.js', '/'].map(fileName)).toEqual(['h.mjs', 'h.ts', 'h.js', '/'])
})
