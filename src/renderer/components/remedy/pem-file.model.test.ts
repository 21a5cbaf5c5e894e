import { expect, it } from 'vitest'
import { readPem } from './pem-file.model.ts'

const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'

it('takes text in PEM, and nothing else', async () => {
  expect(await readPem(new Blob([pem]))).toEqual({ text: pem })
  expect(await readPem(new Blob([new Uint8Array([0x30, 0x82, 0xff, 0xfe])]))).toHaveProperty('problem')
  expect(await readPem(new Blob(['hello']))).toHaveProperty('problem')
  expect(await readPem(new Blob([pem, 'x'.repeat(100_000)]))).toHaveProperty('problem')
})
