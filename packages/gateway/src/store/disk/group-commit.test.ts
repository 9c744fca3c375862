import { describe, expect, it } from 'vitest'
import { GroupCommit } from './group-commit.ts'

describe('group commit', () => {
  it('commits what came while a group was under way as one group, in order', async () => {
    const groups: number[][] = []
    const commits = new GroupCommit<number>(async (items) => {
      groups.push([...items])
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }, 100)
    const first = commits.submit(1, 1)
    const rest = first.then(() => Promise.all([commits.submit(2, 1), commits.submit(3, 1)]))
    await Promise.all([first, rest])
    expect(groups).toEqual([[1], [2, 3]])
  })

  it('keeps groups within their weight, and takes a single item that is heavier', async () => {
    const groups: number[][] = []
    const commits = new GroupCommit<number>(async (items) => {
      groups.push([...items])
    }, 10)
    await Promise.all([4, 6, 1, 50, 2].map((weight) => commits.submit(weight, weight)))
    expect(groups).toEqual([[4, 6], [1], [50], [2]])
  })

  it('rejects everything of a group that failed, and nothing of the next', async () => {
    let fails = true
    const commits = new GroupCommit<number>(async () => {
      if (fails) throw new Error('no')
    }, 2)
    const answers = await Promise.allSettled([1, 2].map((item) => commits.submit(item, 1)))
    expect(answers.map((answer) => answer.status)).toEqual(['rejected', 'rejected'])
    fails = false
    await commits.submit(3, 1)
    await commits.idle()
  })
})
