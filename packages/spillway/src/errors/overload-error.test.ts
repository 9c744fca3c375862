import { describe, expect, expectTypeOf, it } from 'vitest'
import { OVERLOAD_CODES, type OverloadCode } from './overload-codes.ts'
import { isOverloadError, OverloadError } from './overload-error.ts'

const codes = Object.keys(OVERLOAD_CODES) as OverloadCode[] // Object.keys forgets which keys they are

describe('the table of refusals', () => {
  it.each(codes)('%s: the client’s fault answers 429 or 413, the server’s 503', (code) => {
    const { scope, httpStatus, retryable } = OVERLOAD_CODES[code]
    expect(scope === 'client' ? [429, 413] : [503]).toContain(httpStatus)
    expect(retryable).toBe(httpStatus !== 413)
  })

  it.each(codes)('%s: its meaning is one sentence', (code) => {
    expect(OVERLOAD_CODES[code].meaning).toMatch(/^[A-Z][^.]*\.$/)
  })
})

describe('OverloadError', () => {
  it.each(codes)('%s: carries the row of its code', (code) => {
    const error = new OverloadError(code, 'no room')
    const { scope, retryable, httpStatus } = OVERLOAD_CODES[code]
    expect(error).toMatchObject({ code, scope, retryable, httpStatus, message: 'no room' })
  })

  it('is an Error with its own name, in stack traces too', () => {
    const error = new OverloadError('ERR_QUEUE_FULL', 'no room')
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe('OverloadError')
    expect(String(error)).toBe('OverloadError: no room')
  })

  it('says when to come back only when that is known', () => {
    expect(new OverloadError('ERR_RATE_LIMITED', 'slow', { retryAfterMs: 250 }).retryAfterMs).toBe(250)
    expect(new OverloadError('ERR_RATE_LIMITED', 'slow').retryAfterMs).toBeUndefined()
  })

  it('keeps its cause, and has none when none was given', () => {
    const cause = new Error('the disk')
    expect(new OverloadError('ERR_CLOSED', 'closed', { cause }).cause).toBe(cause)
    expect('cause' in new OverloadError('ERR_CLOSED', 'closed')).toBe(false)
  })
})

describe('isOverloadError', () => {
  it('knows a refusal of this copy of the library', () => {
    expect(isOverloadError(new OverloadError('ERR_SHED', 'shed'))).toBe(true)
  })

  it('knows a refusal of another copy of the library', async () => {
    // The query makes the loader evaluate the module a second time.
    const copy: typeof import('./overload-error.ts') = await import(
      /* @vite-ignore */ new URL('./overload-error.ts?copy', import.meta.url).href
    )
    const foreign = new copy.OverloadError('ERR_SHED', 'shed')
    expect(foreign).not.toBeInstanceOf(OverloadError)
    expect(isOverloadError(foreign)).toBe(true)
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'ERR_SHED'],
    ['an object with a code', { name: 'OverloadError', code: 'ERR_SHED' }],
    ['an ordinary error', new Error('ERR_SHED')],
    ['an error with a code of ours and another name', Object.assign(new Error('x'), { code: 'ERR_SHED' })],
    ['an error with our name and no code', Object.assign(new Error('x'), { name: 'OverloadError' })],
    [
      'an error with our name and an inherited key as its code',
      Object.assign(new Error('x'), { name: 'OverloadError', code: 'toString' }),
    ],
  ])('is not taken in by %s', (_what, value) => {
    expect(isOverloadError(value)).toBe(false)
  })
})

describe('the types of refusals', () => {
  it('narrow an unknown error to one with a code of the table', () => {
    const error: unknown = new OverloadError('ERR_SHED', 'shed')
    if (!isOverloadError(error)) throw new Error('it is one')
    expectTypeOf(error.code).toEqualTypeOf<OverloadCode>()
    expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | undefined>()
  })

  it('refuse a code that is not of the table', () => {
    // @ts-expect-error: no such code
    expect(() => new OverloadError('ERR_NO_SUCH_CODE', 'no')).toThrow()
  })
})
