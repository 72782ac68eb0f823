<?php
// Part of the stand-in for WP Fusion: see wp-fusion-lite.php.

class WPF_Salesforce {
	public $params        = array();
	public $api_version   = '55.0';
	public $object_type   = 'Contact';
	public $client_id     = '3MVG9standin';
	public $client_secret = 'stand-in-client-secret';
	public $instance_url;
	public $auth_url;

	public function __construct() {
		add_filter( 'http_response', array( $this, 'handle_http_response' ), 50, 3 );
	}

	public function init() {
		$this->auth_url    = apply_filters( 'wpf_salesforce_auth_url', 'https://login.salesforce.com/services/oauth2/token' );
		$this->object_type = apply_filters( 'wpf_crm_object_type', wpf_get_option( 'sf_object_type', $this->object_type ) );
	}

	public function get_oauth_url() {
		$admin = str_replace( 'http://', 'https://', get_admin_url() );
		$query = array(
			'action'   => 'wpf_get_salesforce_token',
			'redirect' => rawurlencode( $admin . 'options-general.php?page=wpf-settings&crm=salesforce' ),
		);
		return add_query_arg( $query, 'https://wpfusion.com/oauth/' );
	}

	public function get_params( $access_token = null ) {
		$token              = $access_token ? $access_token : wpf_get_option( 'sf_access_token' );
		$this->params       = array(
			'user-agent' => 'WP Fusion; ' . home_url(),
			'timeout'    => 20,
			'headers'    => array( 'Authorization' => "Bearer $token", 'Accept' => 'application/json' ),
		);
		$this->instance_url = wpf_get_option( 'sf_instance_url' );
		$this->object_type  = apply_filters( 'wpf_crm_object_type', wpf_get_option( 'sf_object_type', $this->object_type ) );
		return $this->params;
	}

	public function connect( $instance_url = null, $access_token = null, $test = false ) {
		if ( ! $this->params ) {
			$this->get_params( $access_token );
		}
		if ( ! $test ) {
			return true;
		}
		$response = wp_remote_get( "$this->instance_url/services/data/v$this->api_version/search/", $this->params );
		return is_wp_error( $response ) ? $response : true;
	}

	public function sync() {
		$this->connect();
		$this->sync_objects();
		$this->sync_tags();
		$this->sync_crm_fields();
		$this->sync_record_types();
		return true;
	}

	private function asked( $path, $params ) {
		$response = wp_remote_get( "$this->instance_url/services/data/v$this->api_version/$path", $params );
		return is_wp_error( $response ) ? $response : json_decode( wp_remote_retrieve_body( $response ) );
	}

	public function sync_objects() {
		// The address is put together before it is loaded.
		$url      = "$this->instance_url/services/data/v$this->api_version/sobjects/";
		$response = wp_remote_get( $url, $this->get_params() );
		if ( is_wp_error( $response ) ) {
			return $response;
		}
		$body    = json_decode( wp_remote_retrieve_body( $response ) );
		$objects = array();
		foreach ( $body->sobjects as $object ) {
			if ( $object->createable && $object->searchable && $object->updateable ) {
				$objects[ $object->name ] = $object->labelPlural;
			}
		}
		update_option( 'wpf_salesforce_objects', $objects, false );
		return $objects;
	}

	public function sync_tags() {
		$this->params || $this->get_params();
		$tags = array();
		$type = wpf_get_option( 'sf_tag_type', 'Topics' );
		if ( 'Picklist' === $type ) {
			$body = $this->asked( "sobjects/$this->object_type/describe/", $this->params );
			if ( is_wp_error( $body ) ) {
				return $body;
			}
			foreach ( $body->fields as $field ) {
				if ( wpf_get_option( 'sf_tag_picklist' ) === $field->name ) {
					if ( 'multipicklist' !== $field->type ) {
						return new WP_Error( 'error', "The selected field $field->name is not a <code>multipicklist</code> field." );
					}
					foreach ( $field->picklistValues as $value ) {
						$tags[ $value->label ] = $value->label;
					}
				}
			}
		} else {
			$object = 'Topics' === $type ? 'Topic' : 'TagDefinition';
			$path   = "query?q=SELECT%20Name,%20Id%20from%20$object";
			while ( '' !== $path ) {
				$body = $this->asked( $path, $this->params );
				if ( is_wp_error( $body ) ) {
					return false === strpos( $body->get_error_message(), "'$object' is not supported" ) ? $body : array();
				}
				foreach ( empty( $body->records ) ? array() : $body->records as $tag ) {
					$tags[ $tag->Id ] = $tag->Name;
				}
				$path = empty( $body->nextRecordsUrl ) ? '' : preg_replace( '#^/services/data/v[0-9.]+/#', '', $body->nextRecordsUrl );
			}
		}
		wp_fusion()->settings->set( 'available_tags', $tags );
		return $tags;
	}

	public function sync_crm_fields() {
		$this->params || $this->get_params();
		$body = $this->asked( "sobjects/$this->object_type/describe/", $this->params );
		if ( is_wp_error( $body ) ) {
			return $body;
		}
		$fields    = array( 'Standard Fields' => array(), 'Custom Fields' => array() );
		$read_only = array();
		$required  = array();
		foreach ( $body->fields as $field ) {
			if ( ! $field->updateable ) {
				$field->label .= ' (read only)';
				$read_only[]   = $field->name;
			}
			$fields[ $field->custom ? 'Custom Fields' : 'Standard Fields' ][ $field->name ] = $field->label;
			if ( ! $field->nillable && $field->createable && ! $field->defaultedOnCreate ) {
				$required[] = $field->name;
			}
		}
		array_walk( $fields, function ( &$group ) {
			asort( $group );
		} );
		wp_fusion()->settings->set( 'crm_fields', $fields );
		wp_fusion()->settings->set( 'read_only_fields', $read_only );
		wp_fusion()->settings->set( 'required_fields', $required );
		return $fields;
	}

	public function sync_record_types() {
		$body = $this->asked( "sobjects/$this->object_type/describe/", $this->get_params() );
		if ( is_wp_error( $body ) ) {
			return $body;
		}
		$types = array();
		foreach ( empty( $body->recordTypeInfos ) ? array() : $body->recordTypeInfos as $type ) {
			if ( $type->available && ! $type->master ) {
				$types[ $type->recordTypeId ] = $type->name;
			}
		}
		update_option( 'wpf_salesforce_record_types', $types, false );
		return $types;
	}

	public function refresh_token() {
		$refresh_token = wpf_get_option( 'sf_refresh_token' );
		$form          = array(
			'grant_type'    => 'refresh_token',
			'client_id'     => $this->client_id,
			'client_secret' => $this->client_secret,
			'refresh_token' => $refresh_token,
		);
		if ( ! $refresh_token ) {
			// The old password flow: a refused request is not looked at, and an empty token is stored.
			$response = wp_remote_post( add_query_arg( array( 'grant_type' => 'password', 'username' => wpf_get_option( 'sf_username' ) ), $this->auth_url ) );
			$body     = json_decode( wp_remote_retrieve_body( $response ) );
			wp_fusion()->settings->set( 'sf_access_token', isset( $body->access_token ) ? $body->access_token : null );
			return isset( $body->access_token ) ? $body->access_token : null;
		}
		remove_filter( 'http_response', array( $this, 'handle_http_response' ), 50 );
		$response = wp_remote_post( $this->auth_url, array( 'user-agent' => 'WP Fusion; ' . home_url(), 'body' => $form ) );
		add_filter( 'http_response', array( $this, 'handle_http_response' ), 50, 3 );
		if ( is_wp_error( $response ) ) {
			return new WP_Error( 'error', 'Error refreshing access token: ' . $response->get_error_message() );
		}
		$body = json_decode( wp_remote_retrieve_body( $response ) );
		if ( isset( $body->error ) ) {
			return new WP_Error( 'error', "Error refreshing access token: $body->error_description" );
		}
		if ( ! isset( $body->access_token ) ) {
			return new WP_Error( 'error', 'Unknown error refreshing access token: <pre>' . print_r( $body, true ) . '</pre>' );
		}
		$this->get_params( $body->access_token );
		wp_fusion()->settings->set( 'sf_access_token', $body->access_token );
		return $body->access_token;
	}

	public function handle_http_response( $response, $args, $url ) {
		if ( false === strpos( $url, 'salesforce' ) || 'WP Fusion; ' . home_url() !== $args['user-agent'] ) {
			return $response;
		}
		$code    = wp_remote_retrieve_response_code( $response );
		$message = wp_remote_retrieve_response_message( $response );
		$body    = json_decode( wp_remote_retrieve_body( $response ) );
		if ( 401 === $code && 'INVALID_SESSION_ID' === $body[0]->errorCode ) {
			if ( false === strpos( $body[0]->message, 'expired' ) ) {
				return new WP_Error( 403, 'Invalid API credentials: ' . $body[0]->message );
			}
			$access_token = $this->refresh_token();
			if ( is_wp_error( $access_token ) ) {
				return $access_token;
			}
			$args['headers']['Authorization'] = "Bearer $access_token";
			return wp_remote_request( $url, $args );
		}
		if ( ! in_array( $code, array( 200, 201, 204 ), true ) && '' !== $message ) {
			$detail = is_array( $body ) && ! empty( $body[0]->message ) ? ' - ' . $body[0]->message : '';
			return new WP_Error( (int) $code, $message . $detail );
		}
		return $response;
	}
}
