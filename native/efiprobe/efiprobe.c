// SPDX-License-Identifier: GPL-2.0-only
/*
 * A UEFI application that says what started it and what it finds, a line each, and returns.
 * Every line begins with "hoplab-efi: ": the reader passes over what the firmware prints between them.
 */
#include "efi.h"

static const struct efi_guid LOADED_IMAGE = { 0x5b1b31a1, 0x9562, 0x11d2, { 0x8e, 0x3f, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
static const struct efi_guid DEVICE_PATH = { 0x09576e91, 0x6d3f, 0x11d2, { 0x8e, 0x39, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
static const struct efi_guid PATH_TO_TEXT = { 0x8b843e20, 0x8132, 0x4852, { 0x90, 0xcc, 0x55, 0x1a, 0x4e, 0x4a, 0x7f, 0x1c } };
static const struct efi_guid BLOCK_IO = { 0x964e5b21, 0x6459, 0x11d2, { 0x8e, 0x39, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
static const struct efi_guid FILE_SYSTEM = { 0x964e5b22, 0x6459, 0x11d2, { 0x8e, 0x39, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
static const struct efi_guid GLOBAL = { 0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0, 0xe0, 0x98, 0x03, 0x2b, 0x8c } };

#define MAX_HANDLES 64
#define MAX_MEDIUM 32

static struct efi_system_table *efi;
static struct efi_path_to_text *to_text;

static void say(const u16 *text)
{
	efi->out->output(efi->out, text);
}

static void say_hex(u64 value)
{
	u16 digits[17];
	int i;

	for (i = 15; i >= 0; i--, value >>= 4)
		digits[i] = u"0123456789abcdef"[value & 15];
	digits[16] = 0;
	for (i = 0; i < 15 && digits[i] == '0'; i++)
		;
	say(digits + i);
}

static void begin(const u16 *kind)
{
	say(u"hoplab-efi: ");
	say(kind);
}

static void end_line(void)
{
	say(u"\r\n");
}

static void say_path(const void *path)
{
	u16 *text = path && to_text ? to_text->path(path, 0, 0) : 0;

	say(u" path=");
	say(text ? text : u"none");
	if (text)
		efi->boot->free_pool(text);
}

static void say_path_of(efi_handle handle)
{
	void *path = 0;

	if (efi->boot->handle_protocol(handle, &DEVICE_PATH, &path))
		path = 0;
	say_path(path);
}

/* The name that whoever wrote a medium gave it: the file \MEDIUM.TXT. */
static void say_medium(efi_handle device)
{
	struct efi_file_system *system;
	struct efi_file *root, *file;
	u8 name[MAX_MEDIUM];
	u64 size = sizeof(name), i;
	u16 letter[2] = { 0, 0 };

	say(u" medium=");
	if (efi->boot->handle_protocol(device, &FILE_SYSTEM, (void **)&system) || system->open(system, &root)) {
		say(u"none");
		return;
	}
	if (root->open(root, &file, u"\\MEDIUM.TXT", EFI_FILE_READ, 0)) {
		say(u"unnamed");
	} else {
		if (file->read(file, &size, name))
			size = 0;
		for (i = 0; i < size; i++) {
			letter[0] = name[i];
			say(letter);
		}
		file->close(file);
	}
	root->close(root);
}

static void tell_image(efi_handle image)
{
	struct efi_loaded_image *loaded;

	if (efi->boot->handle_protocol(image, &LOADED_IMAGE, (void **)&loaded))
		return;
	begin(u"image");
	say_medium(loaded->device);
	say_path_of(loaded->device);
	end_line();
	if (loaded->options_size >= 4 && loaded->options) {
		begin(u"options text=");
		say(loaded->options);
		end_line();
	}
}

static void tell_entry(void)
{
	u16 current = 0;
	u64 size = sizeof(current);

	if (efi->runtime->get_variable(u"BootCurrent", &GLOBAL, 0, &size, &current))
		return;
	begin(u"entry number=");
	say_hex(current);
	end_line();
}

static void tell_disks(void)
{
	efi_handle handles[MAX_HANDLES];
	u64 size = sizeof(handles), i;
	struct efi_block_io *block;

	if (efi->boot->locate_handle(EFI_BY_PROTOCOL, &BLOCK_IO, 0, &size, handles))
		return;
	for (i = 0; i < size / sizeof(handles[0]); i++) {
		if (efi->boot->handle_protocol(handles[i], &BLOCK_IO, (void **)&block))
			continue;
		begin(block->media->partition ? u"partition" : u"disk");
		say(u" blocks=");
		say_hex(block->media->last_block + 1);
		say_medium(handles[i]);
		say_path_of(handles[i]);
		end_line();
	}
}

/* Before ExitBootServices: what an operating system may set is another question. */
static void tell_variables(void)
{
	static const struct efi_guid own = { 0x6d5f3f3a, 0x0b6f, 0x4a0e, { 0x9d, 0x5c, 0x68, 0x6f, 0x70, 0x6c, 0x61, 0x62 } };
	efi_status volatile_status, persistent_status;
	u8 value = 1;

	/* The firmware may print while it works: its answers first, then the line. */
	volatile_status = efi->runtime->set_variable(u"Hoplab", &own, 2, 1, &value);
	persistent_status = efi->runtime->set_variable(u"HoplabKept", &own, 3, 1, &value);
	begin(u"variable volatile=");
	say_hex(volatile_status);
	say(u" persistent=");
	say_hex(persistent_status);
	end_line();
}

efi_status efi_main(efi_handle image, struct efi_system_table *table);

efi_status efi_main(efi_handle image, struct efi_system_table *table)
{
	efi_handle handle;
	u64 size = sizeof(handle);

	efi = table;
	if (!efi->boot->locate_handle(EFI_BY_PROTOCOL, &PATH_TO_TEXT, 0, &size, &handle) || size > sizeof(handle)) {
		if (efi->boot->handle_protocol(handle, &PATH_TO_TEXT, (void **)&to_text))
			to_text = 0;
	}
	begin(u"begin vendor=");
	say(efi->vendor);
	end_line();
	tell_image(image);
	tell_entry();
	tell_disks();
	tell_variables();
	begin(u"end");
	end_line();
	return 0;
}
