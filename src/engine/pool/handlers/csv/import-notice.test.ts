import { expect, it } from 'vitest'
import type { JobRecord } from '../../../../domain/job-record.ts'
import { importNotice } from './import-notice.ts'

const record: JobRecord = {
  ...{ key: 'k', id: '7', name: null, attempt: 1, startedAt: 0, endedAt: 9, pid: 1, progress: null },
  ...{ failure: null, result: null },
}
const result = (fields: object) => JSON.stringify({ imported: 8900, bad: 0, report: null, output: null, ...fields })

it('tells the end of an import in words', () => {
  expect(importNotice('csv', { ...record, result: result({ output: '/home/ada/a.ndjson' }) })).toEqual({
    level: 'info',
    title: 'The import csv 7 is done',
    text: '8,900 rows imported. They are in /home/ada/a.ndjson.',
  })
  expect(importNotice('csv', { ...record, result: result({ bad: 1, report: '/home/ada/a.errors.csv' }) })).toEqual({
    level: 'warning',
    title: 'The import csv 7 is done',
    text: '8,900 rows imported. 1 row could not be read: see /home/ada/a.errors.csv.',
  })
  expect(importNotice('csv', { ...record, failure: { kind: 'threw', message: 'There is no such file.' } })).toEqual({
    level: 'error',
    title: 'The import csv 7 failed',
    text: 'There is no such file.',
  })
  expect(importNotice('csv', { ...record, result: 'no JSON' })).toMatchObject({ level: 'info', text: '' })
})
