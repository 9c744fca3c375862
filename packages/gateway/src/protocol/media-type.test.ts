import { expect, it } from 'vitest'
import { bodyForm, isJsonType, isMediaType } from './media-type.ts'

it.each([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['Application/JSON; charset=UTF-8', 'json'],
  ['application/json;charset="utf-8"; x=y', 'json'],
  [' application/x-ndjson ; boundary=1', 'ndjson'],
  ['application/cloudevents+json; charset=utf-8', 'cloudevent'],
  ['application/cloudevents-batch+json', 'cloudevents'],
  ['application/cloudevents+xml', undefined],
  ['application/json; charset=latin1', undefined],
  ['application/json-seq', undefined],
  ['text/json', undefined],
  ['application/x-www-form-urlencoded', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads %j as %j', (contentType, form) => {
  expect(bodyForm(contentType)?.kind).toBe(form)
})

it('knows JSON by its media type', () => {
  const types = ['application/json', 'text/JSON; charset=utf-8', 'a/vnd.b+json', 'text/plain', 'json', '']
  expect(types.map(isJsonType)).toEqual([true, true, true, false, false, false])
})

it('knows what is a media type at all', () => {
  const types = ['text/plain; charset=latin1', 'image/png', 'text', 'a/b/c', 'a b/c', 'text/é', '']
  expect(types.map(isMediaType)).toEqual([true, true, false, false, false, false, false])
})
