/**
 * `npm start`: installs and builds what is stale, then becomes the gateway.
 *
 * The gateway runs in this process: signals and exit codes are its own. So the
 * script of npm says `exec`: npm hands signals to the shell, which would
 * otherwise die of them and leave the gateway behind. (Where there is no such
 * shell: `node scripts/start.mjs`.)
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { makeFresh, root } from './fresh/make-fresh.mjs'

makeFresh()
const entry = join(root, 'packages', 'gateway', 'dist', 'main.js')
process.argv.splice(1, 1, entry, 'serve')
await import(pathToFileURL(entry).href)
