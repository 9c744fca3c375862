/**
 * HTTP by hand, as far as the generators need it.
 */

const EVENT = '{"id":"a1b2c3","type":"page","at":1700000}'

/** The one request that all of them send: a POST of 42 bytes of JSON. */
export const REQUEST: Buffer = Buffer.from(
  `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${EVENT.length}\r\n\r\n${EVENT}`,
)

/** Whether an answer, whose headers end at `headersEnd`, is there to its end. */
export function isWhole(text: string, headersEnd: number): boolean {
  const length = /content-length: (\d+)/i.exec(text.slice(0, headersEnd))?.[1]
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= headersEnd + 4 + Number(length)
}
