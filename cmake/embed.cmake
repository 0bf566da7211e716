# embed(NAME FILE...): the files' bytes, one after the other, as `const char
# NAME[]` and `const size_t NAME_length`; ${NAME}_c is the generated source.
# Made anew when a file changes.
function(embed name)
  set(out ${CMAKE_BINARY_DIR}/embedded/${name}.c)
  list(TRANSFORM ARGN PREPEND ${CMAKE_SOURCE_DIR}/)
  list(JOIN ARGN "|" files)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} "-DFILES=${files}" -DOUT=${out}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    VERBATIM)
  set(${name}_c ${out} PARENT_SCOPE)
endfunction()

# embed_assets(NAME FILE...): the files each by itself, and a table of them as `const struct asset
# NAME[]` (serve/asset.h) that ends with a NULL name; ${NAME}_c are the generated sources.
function(embed_assets table)
  set(sources)
  set(names)
  set(rows)
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER "asset_${name}" symbol)
    embed(${symbol} ${file})
    list(APPEND sources ${${symbol}_c})
    string(APPEND names "extern const char ${symbol}[];\nextern const size_t ${symbol}_length;\n")
    string(APPEND rows "    { \"${name}\", ${symbol}, &${symbol}_length },\n")
  endforeach()
  set(out ${CMAKE_BINARY_DIR}/embedded/${table}.c)
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT
    "#include \"serve/asset.h\"\n\n@names@\nconst struct asset @table@[] = {\n@rows@    { NULL, NULL, NULL },\n};\n")
  set(${table}_c ${sources} ${out} PARENT_SCOPE)
endfunction()
