import type { VaultState } from '../../domain/vault.ts'
import { Feed, latestOnly } from '../feed.ts'
import { permissionsOfAll } from '../permissions/permissions-of.ts'
import { exportProfiles } from '../profile-files/export-profiles.ts'
import { importProfiles } from '../profile-files/import-profiles.ts'
import { readProfileFile } from '../profile-files/read-profile-file.ts'
import { secretOf } from '../profiles/secret-of.ts'
import { testConnection } from '../profiles/test-connection.ts'
import { on, opened, type Parts } from './boundary.ts'

/** Serves profiles, vault and connections of the contract. */
export function connectionRoutes(parts: Parts) {
  const { connections, workers, profiles, hostKeys, ssh, secrets } = parts
  const all = () => [...(parts.builtIn ? [parts.builtIn] : []), ...profiles.list()]
  const vaultStates = new Feed<VaultState>(latestOnly)
  secrets.onChange((state) => vaultStates.publish(state))
  const open = opened(parts)
  return {
    profiles: on.profiles.router({
      list: on.profiles.list.handler(all),
      save: on.profiles.save.handler(({ input }) => profiles.save(input)),
      remove: on.profiles.remove.handler(async ({ input }) => {
        await workers.leave(input.id)
        await profiles.remove(input.id)
        return {}
      }),
      duplicate: on.profiles.duplicate.handler(({ input }) => profiles.duplicate(input.id, input.name)),
      arrange: on.profiles.arrange.handler(async ({ input }) => {
        await profiles.arrange(input.places)
        return all()
      }),
      enterSecrets: on.profiles.enterSecrets.handler(async ({ input }) => {
        await profiles.enterSecrets(input.id, input.secrets, input.keep)
        return {}
      }),
      hostKeys: on.profiles.hostKeys.handler(() => [...hostKeys.list()]),
      trustHostKey: on.profiles.trustHostKey.handler(async ({ input }) => {
        await hostKeys.trust(input)
        connections.retryFailed()
        return {}
      }),
      forgetHostKey: on.profiles.forgetHostKey.handler(async ({ input }) => {
        await hostKeys.forget(input)
        return {}
      }),
      exportFile: on.profiles.exportFile.handler(({ input }) =>
        exportProfiles(input, { profile: (id) => all().find((profile) => profile.id === id) ?? null, secrets }),
      ),
      readFile: on.profiles.readFile.handler(({ input }) =>
        readProfileFile(
          input,
          all().map(({ name }) => name),
        ),
      ),
      importFile: on.profiles.importFile.handler(({ input }) => importProfiles(input, input.take, profiles)),
      test: on.profiles.test.handler(({ input: draft }) => {
        const saved = draft.id === undefined ? null : profiles.get(draft.id)
        return testConnection({
          profile: draft,
          ssh,
          secret: async (name) => {
            const typed = draft.secrets[name]
            if (typed !== undefined) return typed === '' ? null : typed
            return saved === null ? null : secretOf(saved, name, secrets)
          },
        })
      }),
    }),
    vault: on.vault.router({
      watch: on.vault.watch.handler(({ signal }) => vaultStates.read(signal, () => secrets.state())),
      make: on.vault.make.handler(({ input }) => secrets.vault.make(input.passphrase)),
      unlock: on.vault.unlock.handler(({ input }) => secrets.vault.unlock(input.passphrase)),
      lock: on.vault.lock.handler(() => secrets.vault.lock()),
      change: on.vault.change.handler(({ input }) => secrets.vault.change(input.old, input.passphrase)),
      remove: on.vault.remove.handler(() => secrets.vault.remove()),
    }),
    connections: on.connections.router({
      open: on.connections.open.handler(({ input }) => connections.open(input.connectionId)),
      close: on.connections.close.handler(async ({ input }) => {
        await workers.leave(input.connectionId)
        return connections.close(input.connectionId)
      }),
      retry: on.connections.retry.handler(({ input }) => connections.retry(input.connectionId)),
      watch: on.connections.watch.handler(({ signal }) => connections.feed.read(signal, () => connections.statuses())),
      unlock: on.connections.unlock.handler(({ input }) =>
        connections.unlock(input.connectionId, input.typedName, input.minutes, input.reason),
      ),
      lock: on.connections.lock.handler(({ input }) => connections.lock(input.connectionId)),
      permissions: on.connections.permissions.handler(({ input }) => {
        const connection = open(input)
        return permissionsOfAll(connection.masters(), connection.profile)
      }),
    }),
  }
}
