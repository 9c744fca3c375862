/**
 * Both ledgers: where every request and every event went.
 *
 * Imports `model`, the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import type { JSX } from 'preact'
import { formatCount, formatRate } from '../model/format.ts'
import { eventLedger, type Ledger, type LedgerRow, requestLedger } from '../model/ledger.ts'
import type { StreamRates } from '../model/rates.ts'

/** The ledgers of a stream. */
export function Ledgers({
  stream,
  rates,
}: {
  readonly stream: StreamState
  readonly rates: StreamRates | undefined
}): JSX.Element {
  const { duplicates } = stream.events
  return (
    <section class="ledgers" aria-label={`Ledgers of ${stream.name}`}>
      <LedgerTable title="Requests" ledger={requestLedger(stream, rates)} />
      <LedgerTable
        title="Events"
        ledger={eventLedger(stream, rates)}
        remark={duplicates > 0 ? `${formatCount(duplicates)} duplicates beside them, taken once.` : undefined}
      />
    </section>
  )
}

function LedgerTable({
  title,
  ledger,
  remark,
}: {
  readonly title: string
  readonly ledger: Ledger
  readonly remark?: string | undefined
}): JSX.Element {
  return (
    <div class="ledger panel">
      <table>
        <caption>{title}, since the start</caption>
        <Head />
        <tbody class="ins">
          {ledger.ins.map((row) => (
            <Row key={row.label} row={row} />
          ))}
        </tbody>
        <tbody>
          {ledger.outs.map((row) => (
            <Row key={`${row.label} ${row.note}`} row={row} />
          ))}
        </tbody>
      </table>
      <p class={ledger.imbalance === 0 ? 'balance' : 'balance fault'}>
        {ledger.imbalance === 0
          ? 'Both sides agree: every one is accounted for.'
          : `The sides differ by ${formatCount(Math.abs(ledger.imbalance))}.`}{' '}
        {remark}
      </p>
    </div>
  )
}

function Head(): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col">outcome</th>
        <th scope="col" class="number">
          total
        </th>
        <th scope="col" class="number">
          a second
        </th>
      </tr>
    </thead>
  )
}

function Row({ row }: { readonly row: LedgerRow }): JSX.Element {
  const isLoss = row.isLoss && row.count > 0
  return (
    <tr class={isLoss ? 'loss' : row.count === 0 ? 'nought' : undefined}>
      <th scope="row">
        {row.label} {row.note === undefined ? null : <span class="row-note">{row.note}</span>}
      </th>
      <td class="number">{formatCount(row.count)}</td>
      <td class="number">{row.rate === undefined ? '' : formatRate(row.rate)}</td>
    </tr>
  )
}
