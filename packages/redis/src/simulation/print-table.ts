/**
 * Prints what leases cost in a fleet, as a table: `npx tsx packages/redis/src/simulation/print-table.ts`.
 */
import { runFleet } from './fleet.ts'
import { SCENARIOS } from './scenarios.ts'

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

console.log(
  '| a hundred nodes, 10,000 a second, lease 250 ms | used | worst 10 s | node served least, most | renewals a node and second |',
)
console.log('|---|---|---|---|---|')
for (const [name, options] of Object.entries(SCENARIOS)) {
  const result = runFleet(options)
  const served = `${percent(result.leastServed)}, ${percent(result.mostServed)}`
  const cells = [
    name,
    percent(result.usedShare),
    percent(result.worstTenSeconds),
    served,
    result.renewalsPerNodeSecond.toFixed(1),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
