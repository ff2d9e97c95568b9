// SPDX-License-Identifier: LGPL-2.1-or-later
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "text.h"

/* Blanks between two columns. */
#define GAP 2

/* One cell as it will be written, and the columns it takes on a terminal. */
struct cell {
	char *text;
	size_t width;
};

static int no_memory(struct mcg_error *err)
{
	return mcg_fail_errno(err, ENOMEM, NULL, "cannot write the result");
}

static char *join(const json_t *array)
{
	size_t size = 1, i;
	json_t *item;
	char *text;

	json_array_foreach((json_t *)array, i, item)
		size += json_string_length(item) + 1;
	text = calloc(1, size);
	if (!text)
		return NULL;
	json_array_foreach((json_t *)array, i, item) {
		if (i)
			strcat(text, ",");
		strcat(text, json_string_value(item) ? json_string_value(item) : "");
	}
	return text;
}

/* The value as text that is not escaped yet. */
static char *cell_raw(const struct mcg_column *column, const json_t *value, bool exact)
{
	char number[MCG_SIZE_TEXT];

	switch (json_typeof(value)) {
	case JSON_STRING:
		return strdup(json_string_value(value));
	case JSON_ARRAY:
		return join(value);
	case JSON_INTEGER:
		mcg_size_format(json_integer_value(value), exact || column->kind != MCG_SIZE, number);
		return strdup(number);
	case JSON_TRUE:
		return strdup("yes");
	case JSON_FALSE:
		return strdup("no");
	default:
		return strdup(column->none ? column->none : "-");
	}
}

static int make_cell(const struct mcg_output *out, const struct mcg_column *column,
		     const json_t *row, struct cell *cell)
{
	const json_t *value = json_object_get(row, column->key);
	json_t *null = json_null();
	char *raw = cell_raw(column, value ? value : null, out->bytes || out->format == MCG_CSV);

	if (!raw)
		return -1;
	cell->text = out->format == MCG_CSV ? mcg_text_csv(raw) : mcg_text_escape(raw, &cell->width);
	free(raw);
	return cell->text ? 0 : -1;
}

static void write_csv_row(FILE *file, const struct cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(file, "%s%s", i ? "," : "", cells[i].text);
	fputc('\n', file);
}

/*
 * Writes one cell; @pending counts the blanks before it, which are written only when text follows:
 * no line ends in blanks.
 */
static void write_padded(FILE *file, const char *text, size_t width, size_t column, bool right,
			 int *pending)
{
	int fill = column - width;

	if (right)
		*pending += fill;
	if (*text) {
		fprintf(file, "%*s%s", *pending, "", text);
		*pending = 0;
	}
	*pending += (right ? 0 : fill) + GAP;
}

static void end_line(FILE *file, int *pending)
{
	fputc('\n', file);
	*pending = 0;
}

static void write_header(const struct mcg_output *out, const struct mcg_column *columns,
			 const size_t *width, size_t n_columns)
{
	int pending = 0;

	for (size_t c = 0; c < n_columns; c++) {
		if (out->format == MCG_CSV)
			fprintf(out->file, "%s%s", c ? "," : "", columns[c].key);
		else if (columns[c].title)
			write_padded(out->file, columns[c].title, strlen(columns[c].title),
				     width[c], columns[c].kind != MCG_TEXT, &pending);
	}
	end_line(out->file, &pending);
}

static void write_row(const struct mcg_output *out, const struct mcg_column *columns,
		      const size_t *width, const struct cell *row, size_t n_columns)
{
	int pending = 0;

	for (size_t c = 0; c < n_columns; c++)
		if (columns[c].title)
			write_padded(out->file, row[c].text, row[c].width, width[c],
				     columns[c].kind != MCG_TEXT, &pending);
	end_line(out->file, &pending);
}

static int flush(const struct mcg_output *out, struct mcg_error *err)
{
	if (fflush(out->file) || ferror(out->file))
		return mcg_fail_errno(err, errno, NULL, "cannot write the result");
	return 0;
}

int mcg_table_write(const struct mcg_output *out, const struct mcg_column *columns,
		    const json_t *rows, struct mcg_error *err)
{
	size_t n_rows = json_array_size(rows), n_columns = 0;
	struct cell *cells;
	size_t *width;
	int ret = -1;

	while (columns[n_columns].key)
		n_columns++;
	cells = calloc(n_rows * n_columns + 1, sizeof(*cells));
	width = calloc(n_columns + 1, sizeof(*width));
	if (!cells || !width) {
		no_memory(err);
		goto out;
	}
	for (size_t c = 0; c < n_columns; c++)
		if (out->header && columns[c].title)
			width[c] = strlen(columns[c].title);
	for (size_t r = 0; r < n_rows; r++) {
		for (size_t c = 0; c < n_columns; c++) {
			struct cell *cell = &cells[r * n_columns + c];

			if (make_cell(out, &columns[c], json_array_get(rows, r), cell)) {
				no_memory(err);
				goto out;
			}
			if (cell->width > width[c])
				width[c] = cell->width;
		}
	}
	if (out->header)
		write_header(out, columns, width, n_columns);
	for (size_t r = 0; r < n_rows; r++) {
		if (out->format == MCG_CSV)
			write_csv_row(out->file, cells + r * n_columns, n_columns);
		else
			write_row(out, columns, width, cells + r * n_columns, n_columns);
	}
	ret = flush(out, err);
out:
	for (size_t i = 0; cells && i < n_rows * n_columns; i++)
		free(cells[i].text);
	free(cells);
	free(width);
	return ret;
}

int mcg_json_write(const struct mcg_output *out, json_t *document, struct mcg_error *err)
{
	json_t *whole = json_pack("{s:i}", "schema", MCG_JSON_SCHEMA);
	int ret = -1;

	if (!whole || !document || json_object_update(whole, document)) {
		no_memory(err);
		goto out;
	}
	if (json_dumpf(whole, out->file, out->compact ? JSON_COMPACT : JSON_INDENT(2))) {
		mcg_fail_errno(err, errno ? errno : EIO, NULL, "cannot write the result");
		goto out;
	}
	fputc('\n', out->file);
	ret = flush(out, err);
out:
	json_decref(whole);
	json_decref(document);
	return ret;
}

int mcg_rows_write(const struct mcg_output *out, const char *name, const struct mcg_column *columns,
		   json_t *rows, struct mcg_error *err)
{
	if (out->format == MCG_JSON)
		return mcg_json_write(out, json_pack("{s:O}", name, rows), err);
	return mcg_table_write(out, columns, rows, err);
}

json_t *mcg_size_json(unsigned long long size)
{
	return size > INT64_MAX ? json_null() : json_integer(size);
}
