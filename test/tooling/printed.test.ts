import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { printed } from '../../scripts/printed.mjs'

function run(program: string) {
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill())
  return child
}

test('a program that prints more than was waited for runs to its end', async () => {
  const child = run(`
    console.log('listening on 80' + '81')
    const timer = setInterval(() => console.log('and on', process.stdout.writableLength), 1)
    setTimeout(() => {
      clearInterval(timer)
      console.log('more than there is room for'.repeat(100_000))
    }, 50)`)
  const ended = once(child, 'exit')
  expect((await printed(child.stdout, /on (\d+)\n/))[1]).toBe('8081')
  expect(await ended).toEqual([0, null])
})

test('a program that ends before it prints what is waited for is an error with what it printed', async () => {
  const { stdout } = run(`console.log('no such port')`)
  await expect(printed(stdout, /listening/)).rejects.toThrow(
    'the program ended before it printed /listening/: no such port\n',
  )
})
