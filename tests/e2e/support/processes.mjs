// Processes as /proc has them.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The pids of programs called `name` with `argument` in their command line, zombies left out. */
export function processesOf(name, argument) {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        // A zombie has no command line.
        const [program = '', ...rest] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return program.endsWith(name) && rest.some((text) => text.includes(argument));
      } catch {
        return false;
      }
    });
}

/** Whether the process has a UDP socket: a call's process does once somebody is in the call. */
export function hasUdpSocket(pid) {
  const inodes = ['udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/)[9]),
  );
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  });
}
