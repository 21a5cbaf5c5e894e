import { systemInfo, systems } from '../../systems/registry.ts'
import { on, type Parts } from './boundary.ts'

/** Serves app of the contract. */
export function appRoutes(parts: Parts) {
  const { notifications, links } = parts
  return {
    app: on.app.router({
      info: on.app.info.handler(() => parts.info()),
      notifications: on.app.notifications.handler(({ signal }) =>
        notifications.feed.read(signal, () => notifications.list()),
      ),
      links: on.app.links.handler(({ signal }) => links.read(signal)),
      systems: on.app.systems.handler(() => systems.map(systemInfo)),
    }),
  }
}
