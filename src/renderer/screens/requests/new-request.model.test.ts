import { expect, it } from 'vitest'
import { newRequestProblems, toNewRequest } from './new-request.model.ts'
import { startingRequest } from './request-actions.model.ts'

const form = { ...startingRequest, service: ' kyc ' }

it('wants a service, and JSON', () => {
  expect(Object.keys(newRequestProblems(startingRequest))).toEqual(['service'])
  expect(newRequestProblems(form)).toEqual({})
  expect(newRequestProblems({ ...form, data: '{' })).toHaveProperty('data')
  expect(newRequestProblems({ ...form, seconds: '0' })).toHaveProperty('seconds')
  expect(newRequestProblems({ ...form, serviceId: '1.5' })).toHaveProperty('serviceId')
})

it('gives what the engine takes: the data exactly as typed, nothing where nothing was typed', () => {
  expect(toNewRequest({ ...form, data: '{"id": 9007199254740993}' })).toEqual({
    service: 'kyc',
    serviceId: null,
    data: '{"id": 9007199254740993}',
    estimatedDuration: 120,
    userId: null,
    sessionId: null,
  })
  expect(toNewRequest({ ...form, serviceId: '7', userId: '42' })).toMatchObject({ serviceId: 7, userId: '42' })
})
