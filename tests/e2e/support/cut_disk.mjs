// A disk whose power can be cut: a file system of its own in a file, which root can make.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const kMegabytes = 256;

/**
 * EXT4_IOC_SHUTDOWN of Linux with EXT4_GOING_FLAGS_NOLOGFLUSH: from now on nothing reaches the
 * disk, neither data nor what the journal had not written yet, and each request fails.
 */
const kShutdown = `
import fcntl, os, struct, sys
folder = os.open(sys.argv[1], os.O_RDONLY)
fcntl.ioctl(folder, 0x8004587d, struct.pack('I', 2))
`;

const run = (program, ...words) => execFileSync(program, words, { stdio: 'pipe' });

export class CutDisk {
  #folder = mkdtempSync(join(tmpdir(), 'mullion-disk-'));
  /** Where it is mounted. */
  path = join(this.#folder, 'mounted');
  #image = join(this.#folder, 'image');

  /** Why this machine makes none; null where it does. */
  static obstacle() {
    if (process.getuid() !== 0) return 'only root mounts disks';
    const disk = new CutDisk();
    try {
      disk.#make();
    } catch (error) {
      return `no disk can be made here: ${String(error.stderr ?? error.message).trim()}`;
    } finally {
      disk.remove();
    }
    return null;
  }

  static make() {
    const disk = new CutDisk();
    disk.#make();
    return disk;
  }

  #make() {
    writeFileSync(this.#image, '');
    truncateSync(this.#image, kMegabytes << 20);
    mkdirSync(this.path);
    run('mkfs.ext4', '-q', '-F', this.#image);
    this.#mount();
  }

  #mount() {
    run('mount', '-o', 'loop', this.#image, this.path);
  }

  /** From now on nothing can be written to it or read from it. */
  cut() {
    run('python3', '-c', kShutdown, this.path);
  }

  /** As the machine is started again. Whoever had files open on it must be gone. */
  mountAgain() {
    run('umount', this.path);
    this.#mount();
  }

  remove() {
    spawnSync('umount', ['--lazy', this.path]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
