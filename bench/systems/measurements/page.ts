import type { Found } from '../../pool/measurement.ts'
import { measured, type PageMeasurement, pageSize } from '../measurement.ts'
import { openLibrary } from './library.ts'
import { medianMs } from './repeat.ts'
import { openSluice } from './sluice.ts'

const times = 21

/** Milliseconds for a page of jobs with their progress and error, and the bytes that Redis sent for one. */
export async function measurePage(
  port: number,
  { side, offset }: PageMeasurement,
  warm: () => Promise<void>,
): Promise<Found> {
  const library = openLibrary(port, side)
  const page = side === 'sluice' ? await ourPage(port, offset) : () => theirPage(library, offset)
  await medianMs(10, page)
  await warm()
  const sent = async () => {
    const info = await library.redis.info('stats')
    const total = Number(/total_net_output_bytes:(\d+)/.exec(info)?.[1])
    return { total, own: Buffer.byteLength(info) + `$${Buffer.byteLength(info)}\r\n\r\n`.length }
  }
  const before = await sent()
  await page()
  const bytes = (await sent()).total - before.total - before.own
  return { ms: await medianMs(times, page), bytes }
}

async function ourPage(port: number, offset: number) {
  const { connection, system } = await openSluice(port)
  return async () => {
    const { jobs } = await system.page(connection.reader, measured, 'failed', { offset, limit: pageSize })
    checkPage(jobs.filter(({ error, progress }) => error !== null && progress !== null).length)
  }
}

async function theirPage(library: ReturnType<typeof openLibrary>, offset: number) {
  const jobs = await library.queue(measured).getJobs(['failed'], offset, offset + pageSize - 1)
  checkPage(jobs.filter(({ failedReason, progress }) => failedReason && progress !== undefined).length)
}

function checkPage(complete: number) {
  if (complete !== pageSize) throw new Error(`${complete} jobs of the page were complete`)
}
