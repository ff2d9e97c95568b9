// SPDX-License-Identifier: LGPL-2.1-or-later
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "text.h"

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

static int make_cell(const struct mcg_output *out, const struct mcg_column *column, const json_t *row, struct cell *cell)
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

static bool shown(const struct mcg_output *out, const struct mcg_column *column)
{
	return out->format == MCG_CSV || column->title;
}

static const char *title_of(const struct mcg_output *out, const struct mcg_column *column)
{
	return out->format == MCG_CSV ? column->key : column->title;
}

static void write_csv_row(FILE *file, const struct cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(file, "%s%s", i ? "," : "", cells[i].text);
	fputc('\n', file);
}

/* The last column is not padded, so that no line ends in blanks. */
static void write_padded(FILE *file, const char *text, size_t width, size_t column, bool right, bool last)
{
	int fill = column - width;

	if (right)
		fprintf(file, "%*s%s", fill, "", text);
	else if (last)
		fputs(text, file);
	else
		fprintf(file, "%s%*s", text, fill, "");
	fputs(last ? "\n" : "  ", file);
}

static void write_all(const struct mcg_output *out, const struct mcg_column *columns, const size_t *width,
		      const struct cell *cells, size_t n_columns, size_t n_rows)
{
	size_t last = 0;

	for (size_t c = 0; c < n_columns; c++)
		if (shown(out, &columns[c]))
			last = c;
	if (out->header) {
		for (size_t c = 0; c < n_columns; c++) {
			if (out->format == MCG_CSV)
				fprintf(out->file, "%s%s", columns[c].key, c == last ? "\n" : ",");
			else if (columns[c].title)
				write_padded(out->file, columns[c].title, strlen(columns[c].title), width[c],
					     columns[c].kind != MCG_TEXT, c == last);
		}
	}
	for (size_t r = 0; r < n_rows; r++) {
		const struct cell *row = cells + r * n_columns;

		if (out->format == MCG_CSV) {
			write_csv_row(out->file, row, n_columns);
			continue;
		}
		for (size_t c = 0; c < n_columns; c++)
			if (columns[c].title)
				write_padded(out->file, row[c].text, row[c].width, width[c],
					     columns[c].kind != MCG_TEXT, c == last);
	}
}

static int flush(const struct mcg_output *out, struct mcg_error *err)
{
	if (fflush(out->file) || ferror(out->file))
		return mcg_fail_errno(err, errno, NULL, "cannot write the result");
	return 0;
}

int mcg_table_write(const struct mcg_output *out, const struct mcg_column *columns, const json_t *rows,
		    struct mcg_error *err)
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
		if (out->header && shown(out, &columns[c]))
			width[c] = strlen(title_of(out, &columns[c]));
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
	write_all(out, columns, width, cells, n_columns, n_rows);
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

int mcg_rows_write(const struct mcg_output *out, const char *name, const struct mcg_column *columns, json_t *rows,
		   struct mcg_error *err)
{
	if (out->format == MCG_JSON)
		return mcg_json_write(out, json_pack("{s:O}", name, rows), err);
	return mcg_table_write(out, columns, rows, err);
}

json_t *mcg_size_json(unsigned long long size)
{
	return size > INT64_MAX ? json_null() : json_integer(size);
}
