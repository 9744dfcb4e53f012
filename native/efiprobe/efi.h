/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of the UEFI specification (2.10) that the probe uses. Members that it does not call are of no type. */
#ifndef HOPLAB_EFI_H
#define HOPLAB_EFI_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef u64 efi_status;
typedef void *efi_handle;

struct efi_guid {
	u32 a;
	u16 b, c;
	u8 d[8];
};

struct efi_table_header {
	u64 signature;
	u32 revision, size, crc, reserved;
};

struct efi_text_output {
	void *reset;
	efi_status (*output)(struct efi_text_output *self, const u16 *text);
};

struct efi_boot_services {
	struct efi_table_header header;
	void *task_priority[2];
	void *memory[3];
	efi_status (*allocate_pool)(u32 type, u64 size, void **out);
	efi_status (*free_pool)(void *pool);
	void *events[6];
	void *install[3];
	efi_status (*handle_protocol)(efi_handle handle, const struct efi_guid *protocol, void **out);
	void *reserved;
	void *register_notify;
	efi_status (*locate_handle)(u32 type, const struct efi_guid *protocol, void *key, u64 *size, efi_handle *out);
	void *rest[26];
};

struct efi_runtime_services {
	struct efi_table_header header;
	void *time[4];
	void *virtual[2];
	efi_status (*get_variable)(const u16 *name, const struct efi_guid *vendor, u32 *attributes, u64 *size, void *out);
	void *next_variable;
	efi_status (*set_variable)(const u16 *name, const struct efi_guid *vendor, u32 attributes, u64 size, const void *in);
};

struct efi_system_table {
	struct efi_table_header header;
	const u16 *vendor;
	u32 revision;
	efi_handle in_handle;
	void *in;
	efi_handle out_handle;
	struct efi_text_output *out;
	efi_handle error_handle;
	void *error;
	struct efi_runtime_services *runtime;
	struct efi_boot_services *boot;
};

struct efi_loaded_image {
	u32 revision;
	efi_handle parent;
	struct efi_system_table *system;
	efi_handle device;
	void *path;
	void *reserved;
	u32 options_size;
	void *options;
};

struct efi_block_media {
	u32 id;
	u8 removable, present, partition, read_only, write_caching;
	u32 block_size, align;
	u64 last_block;
};

struct efi_block_io {
	u64 revision;
	struct efi_block_media *media;
};

struct efi_path_to_text {
	u16 *(*node)(const void *node, u8 shown, u8 shortcuts);
	u16 *(*path)(const void *path, u8 shown, u8 shortcuts);
};

struct efi_file {
	u64 revision;
	efi_status (*open)(struct efi_file *self, struct efi_file **out, const u16 *name, u64 mode, u64 attributes);
	efi_status (*close)(struct efi_file *self);
	void *remove;
	efi_status (*read)(struct efi_file *self, u64 *size, void *out);
};

struct efi_file_system {
	u64 revision;
	efi_status (*open)(struct efi_file_system *self, struct efi_file **root);
};

#define EFI_BY_PROTOCOL 2
#define EFI_LOADER_DATA 2
#define EFI_FILE_READ 1ull

#endif
