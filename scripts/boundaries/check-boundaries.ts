/**
 * `npm run boundaries`: imports point down, without cycles, and no door is forced.
 */
import { fileURLToPath } from 'node:url'
import { inspect } from './inspect.ts'

const { read, unread, faults } = await inspect(fileURLToPath(new URL('../..', import.meta.url)))

for (const file of unread) console.error(`not read: ${file}`)
for (const fault of faults) console.error(fault)
console.log(`boundaries: ${read} files read, ${unread.length} not read, ${faults.length} faults`)
if (read === 0) console.error('boundaries: nothing was read, so nothing was checked')
if (read === 0 || unread.length > 0 || faults.length > 0) process.exitCode = 1
