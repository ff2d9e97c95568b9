/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One result, three forms. A command builds its rows as JSON objects and describes its columns; the
 * table is written for people, as CSV or as JSON from the same rows, so that the three cannot
 * disagree.
 */
#ifndef MCG_TABLE_H
#define MCG_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"

/* Version of the JSON documents: raised when the meaning of a member changes or one goes away. */
#define MCG_JSON_SCHEMA 1

enum mcg_format {
	MCG_HUMAN,
	MCG_JSON,
	MCG_CSV,
};

/**
 * struct mcg_output - how to write
 * @file: where to
 * @format: in which form
 * @bytes: sizes exactly, without a unit (CSV and JSON are always exact)
 * @header: write the line with the names of the columns (people and CSV)
 * @compact: one line per JSON document, for a stream of them
 */
struct mcg_output {
	FILE *file;
	enum mcg_format format;
	bool bytes;
	bool header;
	bool compact;
};

enum mcg_column_kind {
	MCG_TEXT,  /* string, or array of strings, which is joined by commas */
	MCG_SIZE,  /* integer, bytes */
	MCG_COUNT, /* integer */
};

/**
 * struct mcg_column - one column
 * @key: member of the row's object; also the header of CSV
 * @title: header for people; NULL leaves the column out of the table for people
 * @kind: what the member holds
 * @none: what people and CSV see when the member is null or absent ("-", "max")
 */
struct mcg_column {
	const char *key;
	const char *title;
	enum mcg_column_kind kind;
	const char *none;
};

/**
 * mcg_table_write() - write rows as a table for people or as CSV
 * @out: how to; its format must not be %MCG_JSON
 * @columns: the columns; the last one has a NULL key
 * @rows: JSON array of objects; stays the caller's
 *
 * Numbers are aligned right, text left; names are escaped (see text.h). Return: 0, or -1 with @err
 * set.
 */
int mcg_table_write(const struct mcg_output *out, const struct mcg_column *columns,
		    const json_t *rows, struct mcg_error *err);

/**
 * mcg_json_write() - write one JSON document and a line end
 * @out: how to
 * @document: object; its reference is taken over; a member "schema" is put in front
 *
 * Return: 0, or -1 with @err set.
 */
int mcg_json_write(const struct mcg_output *out, json_t *document, struct mcg_error *err);

/**
 * mcg_rows_write() - write rows in the form that @out asks for
 * @name: member of the JSON document that holds the rows
 *
 * See mcg_table_write() and mcg_json_write(). Return: 0, or -1 with @err set.
 */
int mcg_rows_write(const struct mcg_output *out, const char *name, const struct mcg_column *columns,
		   json_t *rows, struct mcg_error *err);

/* mcg_size_json() - a size as JSON: an integer of bytes, or null for "no limit". */
json_t *mcg_size_json(unsigned long long size);

#endif
