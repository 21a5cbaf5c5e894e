import { ensureBuild } from './build.mjs'
import { checkNodeVersion, ensureDependencies } from './dependencies.mjs'
import { arrangeE2e } from './e2e-runtime/arrange.mjs'
import { ensureLaravel } from './get-laravel.mjs'
import { ensureRedis } from './get-redis.mjs'
import { ensureSsh } from './get-ssh.mjs'
import { ensureWorkers } from './get-workers.mjs'
import { giveUp, say } from './machine.mjs'

/** npm run setup: everything that `npm start` and `npm test` need, ahead of time. */
async function main() {
  checkNodeVersion()
  await ensureDependencies()
  ensureBuild()
  const redis = ensureRedis()
  ensureLaravel()
  ensureWorkers()
  ensureSsh()
  const { skipped, end } = await arrangeE2e()
  end()
  for (const [shell, reason] of Object.entries(skipped)) say(`The tests in ${shell} will be skipped: ${reason}.`)
  say(redis === null ? 'Set up, but for a Redis.' : 'Set up.')
}

main().catch(giveUp)
