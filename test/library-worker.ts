/** One process with a pool: `library-worker.ts URL LIBRARY QUEUE`. Says `ready`, and each job that it begins. */
import { type Library, poolConfig, poolOn } from './library-pool.ts'

const [url = '', library = '', queue = ''] = process.argv.slice(2)
const settings = { lockMs: 1000, stalledMs: 1000, maxStalled: 10, limiter: null }
const config = poolConfig(library as Library, queue, { concurrency: 4, library: settings })
const { pool } = await poolOn(url, config, async ({ id }) => {
  console.log(id)
  await new Promise((resolve) => setTimeout(resolve, 5))
})
await pool.start()
console.log('ready')
