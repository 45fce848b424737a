// An Internet of network namespaces: public hosts on one wire, and homes behind routers that
// translate addresses and let hardly anything pass.
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const kSignals = ['SIGINT', 'SIGTERM'];

/** Why this machine cannot have such networks; empty where it can. */
export async function whyNoNetworks() {
  if (process.getuid() !== 0) return 'network namespaces need root';
  const network = new Network('probe');
  try {
    await network.begin();
    await network.addRouter('router', '203.0.113.1', '192.168.1', []);
    return '';
  } catch (error) {
    return `no network namespaces here: ${(error.stderr || error.message).trim()}`;
  } finally {
    await network.remove();
  }
}

export class Network {
  #prefix;
  #namespaces = [];
  #links = 0;
  #onExit = () => this.#removeAtExit();
  // Which would end the process without its `exit`.
  #onSignal = () => process.exit(1);

  constructor(name) {
    // Of this process alone, so that others may have theirs at the same time.
    this.#prefix = `mullion-${process.pid}-${name}`;
  }

  /** The wire that all public hosts are on. */
  async begin() {
    process.once('exit', this.#onExit);
    for (const signal of kSignals) process.once(signal, this.#onSignal);
    await this.#addNamespace('wire');
    await this.#ip('wire', 'link', 'add', 'wire', 'type', 'bridge');
    await this.#ip('wire', 'link', 'set', 'wire', 'up');
  }

  /** A host with a public address. */
  async addHost(name, address) {
    await this.#addNamespace(name);
    await this.#addPublicLink(name, address);
  }

  /**
   * A router with a public address, which hides the home network `inside` (its first three numbers)
   * behind it. It forwards to the outside what one of `allowed`, conditions of iptables, is true
   * for, and what answers that; it drops everything else.
   */
  async addRouter(name, address, inside, allowed) {
    await this.addHost(name, address);
    // Where it is not to be written, there is nothing to be tested.
    await this.exec(name, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
    await this.#iptables(name, '-t nat -A POSTROUTING -o public -j MASQUERADE');
    await this.#iptables(name, '-P FORWARD DROP');
    for (const condition of allowed)
      await this.#iptables(name, `-A FORWARD -i home -o public ${condition} -j ACCEPT`);
    const answers = '-m conntrack --ctstate ESTABLISHED';
    await this.#iptables(name, `-A FORWARD -i public -o home ${answers} -j ACCEPT`);
    const home = `${name}-home`;
    await this.#addNamespace(home);
    await this.#link([home, 'home'], [name, 'home']);
    await this.#setAddress(name, 'home', `${inside}.1/24`);
    await this.#setAddress(home, 'home', `${inside}.2/24`);
    await this.#ip(home, 'route', 'add', 'default', 'via', `${inside}.1`);
  }

  /** Takes a host's cable out, or puts it in again. */
  plug(name, isIn) {
    return this.#ip(name, 'link', 'set', 'public', isIn ? 'up' : 'down');
  }

  /** From now on a host gets only a part of the datagrams that are for it; `share` is lost. */
  lose(name, share) {
    const often = `-m statistic --mode random --probability ${share}`;
    return this.#iptables(name, `-A INPUT -i public -p udp ${often} -j DROP`);
  }

  /** The command that runs another one at the host `name`. */
  within(name) {
    return ['ip', 'netns', 'exec', this.#full(name)];
  }

  /** The command that runs another one at the only host behind the router `name`. */
  behind(name) {
    return this.within(`${name}-home`);
  }

  async exec(name, ...words) {
    const [command, ...rest] = [...this.within(name), ...words];
    return (await run(command, rest)).stdout;
  }

  /** Bytes that the router has let out under each of its conditions, and packets that it dropped. */
  async counters(router) {
    const text = await this.exec(router, 'iptables', '-w', '-L', 'FORWARD', '-v', '-x', '-n');
    const [head, , ...rules] = text.trim().split('\n');
    const out = rules.slice(0, -1).map((rule) => Number(rule.trim().split(/\s+/)[1]));
    return { out, dropped: Number(/policy DROP (\d+) packets/.exec(head)[1]) };
  }

  /** Removes everything; what still runs there loses its network. */
  async remove() {
    process.off('exit', this.#onExit);
    for (const signal of kSignals) process.off(signal, this.#onSignal);
    const gone = this.#namespaces.splice(0).map((name) => ['netns', 'del', this.#full(name)]);
    await Promise.all(gone.map((words) => run('ip', words)));
  }

  /** Where a test has been stopped in the middle: what runs in the network ends with it. */
  #removeAtExit() {
    const ip = (...words) => spawnSync('ip', ['netns', ...words], { encoding: 'utf8' }).stdout;
    for (const name of this.#namespaces.map((each) => this.#full(each))) {
      for (const pid of ip('pids', name).split('\n').filter(Boolean)) process.kill(pid, 'SIGKILL');
      ip('del', name);
    }
  }

  #full(name) {
    return `${this.#prefix}-${name}`;
  }

  #ip(name, ...words) {
    return run('ip', ['-n', this.#full(name), ...words]);
  }

  #iptables(name, rule) {
    return this.exec(name, 'iptables', '-w', ...rule.split(' '));
  }

  async #addNamespace(name) {
    await run('ip', ['netns', 'add', this.#full(name)]);
    this.#namespaces.push(name);
    await this.#ip(name, 'link', 'set', 'lo', 'up');
  }

  async #addPublicLink(name, address) {
    const port = `port${this.#links++}`;
    await this.#link([name, 'public'], ['wire', port]);
    await this.#ip('wire', 'link', 'set', port, 'master', 'wire', 'up');
    await this.#setAddress(name, 'public', `${address}/24`);
  }

  /** Both ends come into the world in their namespaces: nothing is seen outside of them. */
  #link([one, oneEnd], [other, otherEnd]) {
    const peer = ['peer', 'name', otherEnd, 'netns', this.#full(other)];
    return this.#ip(one, 'link', 'add', oneEnd, 'type', 'veth', ...peer);
  }

  async #setAddress(name, device, address) {
    await this.#ip(name, 'address', 'add', address, 'dev', device);
    await this.#ip(name, 'link', 'set', device, 'up');
  }
}
