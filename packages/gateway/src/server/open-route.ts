/**
 * Routes of the admin listener that need no token: there is nothing to learn
 * and nothing to change at them. Every other route needs one.
 *
 * Imports nothing of the gateway.
 */

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether it needs no token. */
    readonly isOpen?: boolean
  }
}

/** The options of such a route. */
export const OPEN = { config: { isOpen: true } } as const
