import { expect, it } from 'vitest'
import { nearestWord } from './nearest-word.ts'

it.each([
  ['capacty', 'capacity'],
  ['whenfull', 'whenFull'],
  ['snik', 'sink'],
  ['rtae', 'rate'],
  ['x', undefined],
  ['concurrencies', 'concurrency'],
  ['completely', undefined],
])('finds what %j was meant to be', (word, expected) => {
  expect(nearestWord(word, ['capacity', 'whenFull', 'sink', 'rate', 'concurrency'])).toBe(expected)
})
