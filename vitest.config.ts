import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const sourceConditions = ['@spillway/source', 'node', 'development|production']

const untimed = [
  'examples/**/*.test.ts',
  'scripts/test/**/*.test.ts',
  'packages/lab/test/**/*.test.ts',
  'packages/spillway/test/flood.test.ts',
  'packages/redis/test/{fleet-simulation,setup}.test.ts',
  'packages/gateway/test/{check-*,control,dashboard{,-demo},data-directory,jetstream-cluster,kill*,logs,power,remedies,state,store-*,*command-line}.test.ts',
]

/**
 * `unit`: virtual time, no sockets, no child processes: what `npm run check` runs.
 * `real`: real sockets, real processes, packed artefacts: what `npm test` runs as well, one file at a time, for times
 * matter there.
 * `untimed`: as real, but no answer has to come in time: long computations, stories in a browser, of files and of
 * commands: one test file more at a time than there are processors, for stories wait most of the time.
 *
 * Where real time passes, a test gets a second try, for the machine may have paused it; the report names each that
 * needed it. A unit test gets none.
 */
export default defineConfig({
  resolve: { conditions: sourceConditions },
  ssr: { resolve: { conditions: sourceConditions } },
  test: {
    coverage: {
      provider: 'v8',
      include: ['packages/spillway/src/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reportsDirectory: 'coverage',
      reporter: ['text-summary', 'html'],
      reportOnFailure: true,
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // A process for each of the many small files costs more than its tests.
          pool: 'threads',
          isolate: false,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 2 },
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['scripts/test/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['packages/*/test/**/*.test.ts', 'examples/**/*.test.ts', 'scripts/test/**/*.test.ts'],
          exclude: untimed,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          retry: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'untimed',
          include: untimed,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: availableParallelism() + 1,
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
