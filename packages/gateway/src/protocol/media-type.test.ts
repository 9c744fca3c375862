import { expect, it } from 'vitest'
import { bodyForm } from './media-type.ts'

it.each([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['Application/JSON; charset=UTF-8', 'json'],
  ['application/json;charset="utf-8"; x=y', 'json'],
  [' application/x-ndjson ; boundary=1', 'ndjson'],
  ['application/json; charset=latin1', undefined],
  ['application/json-seq', undefined],
  ['text/json', undefined],
  ['application/x-www-form-urlencoded', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads %j as %j', (contentType, form) => {
  expect(bodyForm(contentType)).toBe(form)
})
