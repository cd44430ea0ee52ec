import { fork, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

function pins() {
  return availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0
}

/**
 * A program of the bench in a process of its own, so that nothing is compiled for what another subject did. It sends a message
 * when it is ready, and one for each that it is sent.
 */
export class Child {
  #process
  #ended
  #messages = []
  #waiting

  /** `core`: the only one that it runs on, where the system can see to that. */
  constructor(file, args, { node, flags = [], core }) {
    const env = { ...process.env, NODE_ENV: 'production' }
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc']
    const isPinned = core !== undefined && pins()
    const execPath = isPinned ? 'taskset' : node.path
    const execArgv = isPinned ? ['--cpu-list', String(core), node.path, ...flags] : flags
    this.#process = fork(file, args, { execPath, execArgv, env, stdio })
    this.#process.on('message', (message) => {
      this.#messages.push(message)
      this.#waiting?.()
    })
    this.#ended = new Promise((resolve) => {
      this.#process.on('exit', (code) => resolve(code))
    })
    this.what = `${file.pathname.split('/').slice(-2).join('/')} ${args.join(' ')}`
  }

  /** The next message. */
  async message() {
    const arrived = new Promise((resolve) => (this.#waiting = resolve))
    if (this.#messages.length === 0) await Promise.race([arrived, this.#ended])
    if (this.#messages.length === 0) throw new Error(`${this.what} ended with ${await this.#ended} and said nothing`)
    return this.#messages.shift()
  }

  ask(question) {
    this.#process.send(question)
    return this.message()
  }

  ended() {
    return this.#ended
  }

  end() {
    this.#process.kill()
    return this.#ended
  }
}
