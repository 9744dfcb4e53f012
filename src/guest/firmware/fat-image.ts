// SPDX-License-Identifier: GPL-2.0-only
/** Writes the image of a medium that a firmware boots from: a partition table, and a FAT16 EFI system partition with files. */

const SECTOR = 512;
const SECTORS = 16_384;
const FIRST_SECTOR = 2048;
const PARTITION = SECTORS - FIRST_SECTOR;
const SECTORS_PER_CLUSTER = 2;
const CLUSTER = SECTORS_PER_CLUSTER * SECTOR;
const ROOT_ENTRIES = 512;
const ENTRY = 32;
const FATS = 2;
const FAT_SECTORS = 32;
const ROOT_SECTOR = 1 + FATS * FAT_SECTORS;
const DATA_SECTOR = ROOT_SECTOR + (ROOT_ENTRIES * ENTRY) / SECTOR;
const EFI_SYSTEM_PARTITION = 0xef;
const BOOTABLE = 0x80;
const DIRECTORY = 0x10;
const ARCHIVE = 0x20;
const END = 0xffff;
/** 1 January 2000: equal files give equal bytes. */
const DATE = (20 << 9) | (1 << 5) | 1;

export interface FatFiles {
  /** Path with slashes, each name in capitals, 8.3 -> content. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Of the partition table: what tells two media apart. */
  readonly signature: number;
}

/** 8 MiB. Throws a plain Error for a name that is not 8.3 and for more than it holds. */
export function buildFatImage({ files, signature }: FatFiles): Buffer {
  const image = Buffer.alloc(SECTORS * SECTOR);
  writePartitionTable(image, signature);
  const volume = image.subarray(FIRST_SECTOR * SECTOR);
  writeBootSector(volume, signature);
  new Fat(volume).addAll(files);
  return image;
}

function writePartitionTable(image: Buffer, signature: number): void {
  image.writeUInt32LE(signature >>> 0, 0x1b8);
  image[0x1be] = BOOTABLE;
  image[0x1be + 4] = EFI_SYSTEM_PARTITION;
  image.writeUInt32LE(FIRST_SECTOR, 0x1be + 8);
  image.writeUInt32LE(PARTITION, 0x1be + 12);
  image.writeUInt16LE(0xaa55, 0x1fe);
}

/** Of the FAT specification (Microsoft, 2000): the fields of a FAT16 volume. */
function writeBootSector(volume: Buffer, signature: number): void {
  volume.write('\xeb\x3c\x90HOPLAB  ', 0, 'latin1');
  volume.writeUInt16LE(SECTOR, 11);
  volume[13] = SECTORS_PER_CLUSTER;
  volume.writeUInt16LE(1, 14);
  volume[16] = FATS;
  volume.writeUInt16LE(ROOT_ENTRIES, 17);
  volume.writeUInt16LE(PARTITION, 19);
  volume[21] = 0xf8;
  volume.writeUInt16LE(FAT_SECTORS, 22);
  volume.writeUInt16LE(32, 24);
  volume.writeUInt16LE(64, 26);
  volume.writeUInt32LE(FIRST_SECTOR, 28);
  volume[36] = 0x80;
  volume[38] = 0x29;
  volume.writeUInt32LE(signature >>> 0, 39);
  volume.write('NO NAME    FAT16   ', 43, 'latin1');
  volume.writeUInt16LE(0xaa55, 510);
}

interface Directory {
  /** Where its next entry goes. */
  next: number;
  readonly end: number;
  readonly cluster: number;
  readonly folders: Map<string, Directory>;
}

class Fat {
  readonly #volume: Buffer;
  readonly #root: Directory = {
    ...{ next: ROOT_SECTOR * SECTOR, end: DATA_SECTOR * SECTOR },
    ...{ cluster: 0, folders: new Map() },
  };
  #cluster = 2;

  constructor(volume: Buffer) {
    this.#volume = volume;
    this.#link(0, 0xfff8);
    this.#link(1, END);
  }

  addAll(files: FatFiles['files']): void {
    for (const [path, content] of Object.entries(files)) {
      const names = path.split('/');
      const name = names.pop() ?? '';
      const folder = names.reduce((inside, each) => this.#folder(inside, each), this.#root);
      const cluster = this.#allocate(content.length);
      if (cluster !== 0) this.#volume.set(content, this.#offset(cluster));
      this.#enter(folder, { name, attribute: ARCHIVE, cluster, size: content.length });
    }
  }

  /** One cluster: 30 entries are more than any medium here has in a folder. */
  #folder(inside: Directory, name: string): Directory {
    const known = inside.folders.get(name);
    if (known !== undefined) return known;
    const cluster = this.#allocate(CLUSTER);
    const next = this.#offset(cluster);
    const made: Directory = { next, end: next + CLUSTER, cluster, folders: new Map() };
    this.#write(made, { name: '.'.padEnd(11), attribute: DIRECTORY, cluster, size: 0 });
    this.#write(made, { name: '..'.padEnd(11), attribute: DIRECTORY, cluster: inside.cluster, size: 0 });
    this.#enter(inside, { name, attribute: DIRECTORY, cluster, size: 0 });
    inside.folders.set(name, made);
    return made;
  }

  #enter(directory: Directory, entry: DirectoryEntry): void {
    const match = /^([A-Z0-9_-]{1,8})(?:\.([A-Z0-9]{1,3}))?$/.exec(entry.name);
    if (match === null) throw new Error(`not a name of FAT: ${JSON.stringify(entry.name)}`);
    this.#write(directory, { ...entry, name: `${(match[1] ?? '').padEnd(8)}${(match[2] ?? '').padEnd(3)}` });
  }

  #write(directory: Directory, { name, attribute, cluster, size }: DirectoryEntry): void {
    if (directory.next >= directory.end) throw new Error('a folder of the image is full');
    const entry = this.#volume.subarray(directory.next, directory.next + ENTRY);
    entry.write(name, 0, 'latin1');
    entry[11] = attribute;
    for (const at of [16, 18, 24]) entry.writeUInt16LE(DATE, at);
    entry.writeUInt16LE(cluster, 26);
    entry.writeUInt32LE(size, 28);
    directory.next += ENTRY;
  }

  /** The first of a chain of clusters; an empty file has none. */
  #allocate(bytes: number): number {
    const count = Math.ceil(bytes / CLUSTER);
    if (count === 0) return 0;
    const first = this.#cluster;
    if (this.#offset(first + count) > this.#volume.length) throw new Error(`${bytes} bytes do not fit into the image`);
    for (let i = 0; i < count; i += 1) this.#link(first + i, i === count - 1 ? END : first + i + 1);
    this.#cluster += count;
    return first;
  }

  #link(cluster: number, next: number): void {
    for (let fat = 0; fat < FATS; fat += 1) {
      this.#volume.writeUInt16LE(next, (1 + fat * FAT_SECTORS) * SECTOR + cluster * 2);
    }
  }

  #offset(cluster: number): number {
    return DATA_SECTOR * SECTOR + (cluster - 2) * CLUSTER;
  }
}

interface DirectoryEntry {
  readonly name: string;
  readonly attribute: number;
  readonly cluster: number;
  readonly size: number;
}
