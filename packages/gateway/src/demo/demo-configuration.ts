/**
 * The configuration of the demo: three streams, three ways of being full, one
 * slow consumer. The bounds are small, so that everything happens soon.
 *
 * Pure; imports nothing.
 */

/**
 * As the text of a configuration file.
 *
 * @param consumerUrl - of the demo's consumer
 * @param dataDir - a folder of the demo's own
 */
export function demoConfiguration(consumerUrl: string, dataDir: string): string {
  return `
dataDir: ${JSON.stringify(dataDir)}
logLevel: silent
drainTimeoutMs: 3000
streams:
  orders:
    class: critical
    window: { items: 200 }
    backlog: { items: 300, bytes: 16MiB, maxAgeMs: 3600000 }
    concurrency: 8
    retry: { attempts: 20, baseMs: 200, maxMs: 2000 }
    deadLetters: { items: 500 }
    sink: { type: http, url: "${consumerUrl}/orders", timeoutMs: 3000 }
  clicks:
    class: best-effort
    window: { items: 600 }
    whenFull: drop-oldest
    concurrency: 16
    sink: { type: http, url: "${consumerUrl}/clicks" }
  metrics:
    class: best-effort
    window: { items: 100 }
    whenFull: reject
    concurrency: 4
    sink: { type: http, url: "${consumerUrl}/metrics" }
`
}
